"""TIFF stacks of microscopes and others: OME-TIFF, ImageJ's, and plain ones, by tifffile."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError
from sr_experiments.files.scenes.masks import as_type
from sr_experiments.files.scenes.opening import check_size, content
from sr_experiments.files.scenes.scene import Limits, Scene, Values, open_scene, read_clear

_TILE = 256
_BIG = (1 << 32) - (1 << 26)
_KEPT = ("PhysicalSizeZ", "TimeIncrement", *(f"PhysicalSize{axis}Unit" for axis in "XYZ"), "TimeIncrementUnit")


class Reader:
    """Planes of TIFF stacks: axes of channels and samples are channels, all others (depth, time, …) are images.

    `bands`: which of the channels, in this order, by number from 1; null for all. `limits`: the values that become 0
    and 1, numbers or one for each channel; null for the least and the greatest that a file has. NaN and infinity mean
    nothing.
    """

    suffixes = (".tif", ".tiff")

    def __init__(self, *, limits: Limits | None = None, bands: Sequence[int] | None = None) -> None:
        self.limits, self.bands = limits, bands

    @staticmethod
    def claims(path: Path) -> bool:
        """Whether this file is a TIFF that is more than a picture."""
        from sr_experiments.files.reader.geotiff import Reader as GeoTiff

        try:
            with tifffile.TiffFile(path) as file:
                page: Any = file.pages[0]
                more = file.is_ome or file.is_imagej or sum(not each.is_reduced for each in file.pages) > 1  # pyright: ignore
                more |= page.samplesperpixel > 4 or page.dtype.kind == "f" or page.dtype == np.int16
        except Exception:  # of broken files anything
            return False
        return bool(more) and not GeoTiff.claims(path)

    def frames(self, path: Path | Elsewhere) -> int:
        return open_scene(self, path).count

    def __call__(self, path: Path | Elsewhere, frame: int = 0) -> Tensor:
        return read_clear(self, path, frame)

    def scene(self, path: Path | Elsewhere) -> Scene:
        """An ImageError says why a file holds no planes that can be read."""
        stack = _Stack(path, self.bands)
        return Scene(len(stack.planes), stack.read, stack.write, self.limits, stack.notes)


class _Stack:
    """One file. `planes` `(images, channels)` says which pages hold the channels of each image, or their samples."""

    def __init__(self, path: Path | Elsewhere, bands: Sequence[int] | None) -> None:
        self.path = path
        with self._open() as file:
            sizes = {(page.imagewidth, page.imagelength) for page in file.pages if not page.is_reduced}
            if len(file.series) > 1 and len(sizes) > 1:
                found = ", ".join(f"{width}×{height}" for width, height in sorted(sizes))
                raise ImageError(path, f"expected planes of one size, got {found}: split the stack into files")
            series, *others = file.series
            self.notes = [f"{len(others)} further series of it were left out"] if others else []
            self.shape, self.axes, self.dtype = series.shape, series.axes, series.dtype
            self.page_axes = series.keyframe.axes
        if self.dtype.kind not in "iuf" or self.dtype.itemsize > 4:
            raise ImageError(path, f"expected whole numbers or floats of up to 32 bits, got {self.dtype}")
        if not {"Y", "X"} <= set(self.page_axes) <= {"Y", "X", "S"}:
            raise ImageError(path, f"expected planes with axes Y and X, got {self.page_axes}")
        self.samples = self.shape[self.axes.index("S")] if "S" in self.axes else 1
        self.lead = self.shape[: len(self.shape) - len(self.page_axes)]
        self.place = self.axes.find("C", 0, len(self.lead))
        self.planes = self._planes(self.lead, self.place)
        self.bands = self._numbers(bands, self.planes.shape[1] * self.samples)

    def _numbers(self, bands: Sequence[int] | None, channels: int) -> list[int]:
        """The chosen channels, from 0."""
        numbers = [band - 1 for band in bands] if bands else list(range(channels))
        if len(set(numbers)) != len(numbers) or not set(numbers) <= set(range(channels)):
            raise ImageError(self.path, f"expected bands of 1 to {channels}, each once, got {list(bands or [])}")
        if bands and self.samples > 1 and self.place >= 0:
            raise ImageError(self.path, "its channels have several samples each: leave out bands")
        return numbers

    def _planes(self, lead: tuple[int, ...], place: int) -> NDArray[np.int64]:
        channels = lead[place] if place >= 0 else 1
        height, width = (self.shape[self.axes.index(axis)] for axis in "YX")
        check_size(self.path, width, height, channels * self.samples, prod(lead) // max(channels, 1))
        pages = np.arange(prod(lead)).reshape(lead)
        return (np.moveaxis(pages, place, -1) if place >= 0 else pages).reshape(-1, channels)

    @contextmanager
    def _open(self) -> Iterator[Any]:
        try:
            with tifffile.TiffFile(content(self.path)) as file:
                yield file
        except ImageError:
            raise
        except Exception as error:  # of broken files anything
            raise ImageError(self.path, f"no TIFF that can be read ({error or type(error).__name__})") from error

    def read(self, number: int) -> Values:
        with self._open() as file:
            pages = [file.series[0].pages[page].asarray() for page in self.planes[number].tolist()]
        values = np.concatenate([_channels(page, self.page_axes) for page in pages])[self.bands]
        return values, np.isfinite(values)

    def write(self, path: Path, images: Iterable[Values], scale: int) -> None:
        """With the same axes, in tiles, and the sizes of pixels that each kind of file says."""
        nothing = np.nan if self.dtype.kind == "f" else None
        stack = self._in_order(np.stack([as_type(*image, self.dtype, nothing) for image in images]))
        with self._open() as file:
            told = _ome(file, scale) if file.is_ome else _imagej(file, scale) if file.is_imagej else _plain(file, scale)
        if self.samples == 1 and "Channel" in (told["metadata"] or {}):
            names = told["metadata"]["Channel"]["Name"]
            told["metadata"]["Channel"]["Name"] = [names[band] for band in self.bands]
        if told["metadata"]:
            told["metadata"]["axes"] = self.axes
        if "imagej" not in told:
            told |= {"tile": (_TILE, _TILE), "compression": "zlib", "bigtiff": stack.nbytes > _BIG}
        samples = stack.shape[self.axes.index("S")] if "S" in self.axes else 1
        if samples > 1:
            told["planarconfig"] = "contig" if self.page_axes[-1] == "S" else "separate"
        tifffile.imwrite(path, stack, photometric="rgb" if samples in (3, 4) else "minisblack", **told)

    def _in_order(self, images: NDArray[Any]) -> NDArray[Any]:
        """Images `(images, channels, H, W)` as an array of the file's axes."""
        others = [size for place, size in enumerate(self.lead) if place != self.place]
        samples = (-1, self.samples) if self.place >= 0 else (1, -1)
        stack = images.reshape(*others, *samples, *images.shape[-2:])
        stack = _page(stack, self.page_axes)
        return np.moveaxis(stack, len(others), self.place) if self.place >= 0 else stack.squeeze(len(others))


def _channels(page: NDArray[Any], axes: str) -> NDArray[Any]:
    """A page as `(channels, H, W)`."""
    return page[None] if "S" not in axes else np.moveaxis(page, axes.index("S"), 0)


def _page(stack: NDArray[Any], axes: str) -> NDArray[Any]:
    """Pages `(…, samples, H, W)` with these axes."""
    return stack.squeeze(-3) if "S" not in axes else np.moveaxis(stack, -3, axes.index("S") - len(axes))


def _ome(file: Any, scale: int) -> dict[str, Any]:
    """What OME-XML says of pixels and channels."""
    image: Any = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]
    image = image[0] if isinstance(image, list) else image
    pixels = image["Pixels"]
    told = {name: pixels[name] for name in _KEPT if name in pixels}
    told |= {name: float(pixels[name]) / scale for name in ("PhysicalSizeX", "PhysicalSizeY") if name in pixels}
    channels = pixels.get("Channel", [])
    names = [each.get("Name") for each in (channels if isinstance(channels, list) else [channels])]
    if names and all(names):
        told["Channel"] = {"Name": names}
    if "Name" in image:
        told["Name"] = image["Name"]
    return {"ome": True, "metadata": told}


def _imagej(file: Any, scale: int) -> dict[str, Any]:
    said = file.imagej_metadata or {}
    told = {name: value for name, value in said.items() if name not in ("images", "slices", "frames", "channels")}
    told.pop("hyperstack", None)
    return {"imagej": True, "metadata": told, **_resolution(file, scale)}


def _plain(file: Any, scale: int) -> dict[str, Any]:
    """What tifffile itself writes of the shape, where it wrote the file."""
    return {"metadata": {} if file.is_shaped else None, **_resolution(file, scale)}


def _resolution(file: Any, scale: int) -> dict[str, Any]:
    """Pixels a unit, as ratios of whole numbers."""
    tags = file.pages[0].tags
    if "XResolution" not in tags or "YResolution" not in tags:
        return {}
    ratios = [(scale * tags[name].value[0], tags[name].value[1]) for name in ("XResolution", "YResolution")]
    unit = tags["ResolutionUnit"].value if "ResolutionUnit" in tags else 1
    return {"resolution": ratios, "resolutionunit": int(unit)}
