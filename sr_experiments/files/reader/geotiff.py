"""GeoTIFF, by rasterio (the extra satellite)."""

import warnings
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError
from sr_experiments.files.scenes.masks import as_type
from sr_experiments.files.scenes.opening import check_size, library
from sr_experiments.files.scenes.scene import Limits, Scene, Values, read_clear

warnings.filterwarnings("ignore", message="Dataset has no geotransform")  # said among a result's notes

_GEOGRAPHIC = (33550, 34264, 34735, 42113)  # pixel scale, transformation, keys, GDAL's nodata
_TILE = 256


class Reader:
    """Scenes of GeoTIFF files, of any number of bands and any type but complex.

    `bands`: which of them, in this order, by number from 1 or by name; null for all. `limits`: the values that become 0
    and 1, numbers or one for each band; null for the least and the greatest that a file has. Where a band has the
    file's nodata, NaN or infinity, it means nothing.
    """

    suffixes = (".tif", ".tiff")

    def __init__(self, *, limits: Limits | None = None, bands: Sequence[int | str] | None = None) -> None:
        self.limits, self.bands = limits, bands

    @staticmethod
    def claims(path: Path) -> bool:
        """Whether this file is one."""
        try:
            with tifffile.TiffFile(path) as file:
                return any(tag in file.pages[0].tags for tag in _GEOGRAPHIC)  # pyright: ignore
        except Exception:  # of broken files anything
            return False

    def frames(self, path: Path | Elsewhere) -> int:
        return 1

    def __call__(self, path: Path | Elsewhere, frame: int = 0) -> Tensor:
        return read_clear(self, path, frame)

    def scene(self, path: Path | Elsewhere) -> Scene:
        """An ImageError says why a file holds no scene that can be read."""
        scene = _File(path, self.bands)
        return Scene(1, scene.read, scene.write, self.limits, scene.notes)


class _File:
    """One file."""

    def __init__(self, path: Path | Elsewhere, bands: Sequence[int | str] | None) -> None:
        self.path, self.notes = path, list[str]()
        with self._open() as file:
            names = list(file.descriptions)
            self.bands = [self._band(band, names) for band in (bands or file.indexes)]
            check_size(path, file.width, file.height, len(self.bands))
            self.dtype = np.dtype(file.dtypes[self.bands[0] - 1])
            if self.dtype.kind not in "iuf":
                raise ImageError(path, f"expected whole numbers or floats, got {self.dtype}")
            self.nodata = file.nodatavals[self.bands[0] - 1]
            if file.gcps[0] or file.rpcs:
                self.notes.append("control points and rational polynomials were left out")
            if file.crs is None and not file.gcps[0]:
                self.notes.append("it has no georeference")

    def _band(self, band: int | str, names: Sequence[str | None]) -> int:
        known = names.index(band) + 1 if band in names else band
        if not isinstance(known, int) or not 1 <= known <= len(names):
            here = ", ".join(f"{number} ({name})" if name else str(number) for number, name in enumerate(names, 1))
            raise ImageError(self.path, f"it has no band {band!r}: expected of {here}")
        return known

    @contextmanager
    def _open(self) -> Any:
        """The file, by GDAL's driver of TIFF alone: others follow what a file names."""
        rasterio = library("rasterio", "satellite", self.path)
        try:
            if isinstance(self.path, Path):
                with rasterio.open(self.path, driver="GTiff") as file:
                    yield file
            else:
                with rasterio.MemoryFile(self.path.read()) as held, held.open(driver="GTiff") as file:
                    yield file
        except rasterio.errors.RasterioError as error:
            raise ImageError(self.path, f"no GeoTIFF that can be read ({error})") from error

    def read(self, number: int) -> Values:
        with self._open() as file:
            values = file.read(self.bands)
        valid = np.isfinite(values) if self.dtype.kind == "f" else np.ones(values.shape, bool)
        if self.nodata is not None:
            valid &= values != np.array(self.nodata).astype(self.dtype)
        return values, valid

    def write(self, path: Path, images: Iterable[Values], scale: int) -> None:
        """With the same coordinates, names, tags and nodata, in tiles."""
        import rasterio

        (image,) = images
        nothing = self.nodata if self.nodata is not None else np.nan if self.dtype.kind == "f" else None
        pixels = as_type(*image, self.dtype, nothing)
        with self._open() as file:
            places = {"crs": file.crs, "transform": file.transform @ rasterio.Affine.scale(1 / scale)}
            profile = {
                **(places if file.crs or not file.transform.is_identity else {}),
                "driver": "GTiff",
                "dtype": self.dtype,
                "nodata": self.nodata,
                "count": len(pixels),
                "height": pixels.shape[1],
                "width": pixels.shape[2],
                "BIGTIFF": "IF_SAFER",
                "tiled": True,
                "blockxsize": _TILE,
                "blockysize": _TILE,
                "compress": "deflate",
            }
            with rasterio.open(path, "w", **profile) as result:
                result.write(pixels)
                result.update_tags(**file.tags())
                for place, band in enumerate(self.bands, 1):
                    result.update_tags(place, **file.tags(band))
                    result.set_band_description(place, file.descriptions[band - 1])
                result.scales, result.offsets, result.units = (
                    [values[band - 1] for band in self.bands] for values in (file.scales, file.offsets, file.units)
                )
                result.colorinterp = [file.colorinterp[band - 1] for band in self.bands]
