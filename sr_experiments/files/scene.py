"""What a scan, a scene or a stack holds in units of its own, as an image of 0 to 1 and back."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError, max_pixels

MOST_FRAMES = 10_000
Values = tuple[NDArray[Any], NDArray[np.bool_]]
Write = Callable[[Path, Iterable[Values], int], None]
Limits = Sequence[float | Sequence[float]]


class Scene:
    """`count` images of a file, read when they are asked for.

    `read(number)` gives values `(C, H, W)` in the file's own units, and of the same shape where they mean something:
    no padding, no nodata, no NaN. `write(path, images, scale)` writes such images, `scale` times as large, with what
    the file says besides. `limits`: the (low, high) values that become 0 and 1, numbers or one for each channel; None
    for the least and the greatest that the file has; low above high where white is least. `notes`: in words what a
    result does not keep.
    """

    def __init__(
        self,
        count: int,
        read: Callable[[int], Values],
        write: Write,
        limits: Limits | None = None,
        notes: Sequence[str] = (),
        *,
        inverted: bool = False,
    ) -> None:
        self.count, self.read, self.write, self.notes = count, read, write, notes
        self.given, self.inverted = limits, inverted

    @cached_property
    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What becomes 0 and what 1, `(1, 1, 1)` or `(C, 1, 1)`."""
        low, high = self.given or self._own()
        limits = tuple(np.array(limit, np.float64).reshape(-1, 1, 1) for limit in (low, high))
        return (limits[1], limits[0]) if self.inverted else (limits[0], limits[1])

    def _own(self) -> tuple[float, float]:
        lows, highs = [], []
        for number in range(self.count):
            values, valid = self.read(number)
            if valid.any():
                lows.append(float(values[valid].min()))
                highs.append(float(values[valid].max()))
        low, high = min(lows, default=0.0), max(highs, default=1.0)
        return (low, high) if low < high else (low, low + 1)

    def image(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """An image `(C, H, W)` on the scale of 0 to 1, not clipped, and where it means something.

        Elsewhere each channel has the value of the nearest pixel that does.
        """
        values, valid = self.read(number)
        low, high = self.limits
        if len(low) not in (1, len(values)):
            raise ValueError(f"limits: expected one number or {len(values)}, one for each channel, got {len(low)}")
        image = (np.where(valid, values, 0).astype(np.float64) - low) / (high - low)
        return np.stack([_fill(*each) for each in zip(image, valid, strict=True)]), valid

    def values(self, image: NDArray[Any]) -> NDArray[np.float64]:
        """An image of 0 to 1 in the file's units."""
        low, high = self.limits
        return low + image.astype(np.float64) * (high - low)


def _fill(channel: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    if valid.all() or not valid.any():
        return channel
    places = distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return channel[tuple(places)]  # pyright: ignore[reportArgumentType]


def read_clear(reader: Any, path: Path | Elsewhere, number: int) -> Tensor:
    """What is learnt from, and measured, of an image: floats `(C, H, W)`, clipped to 0 to 1.

    Of one that has pixels without meaning it is the largest rectangle that has none. An ImageError where there is none.
    """
    image, valid = open_scene(reader, path).image(number)
    rows, columns = largest_rectangle(np.logical_and.reduce(valid))
    if rows.start == rows.stop:
        raise ImageError(path, "none of its pixels means anything: all are padding, nodata or NaN in some channel")
    return torch.from_numpy(np.ascontiguousarray(image[:, rows, columns].clip(0, 1)))


def open_scene(reader: Any, path: Path | Elsewhere) -> Scene:
    """A file as `reader` reads it, opened once for all of its images."""
    version = path.version if isinstance(path, Elsewhere) else str(path.stat().st_mtime_ns)
    return _open(reader, path, version)


@lru_cache(1)
def _open(reader: Any, path: Path | Elsewhere, version: str) -> Scene:
    return reader.scene(path)


def largest_rectangle(valid: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of the largest rectangle of `(H, W)` that is true everywhere."""
    best, heights = (0, slice(0, 0), slice(0, 0)), np.zeros(valid.shape[1], np.int64)
    if valid.all():
        return slice(0, valid.shape[0]), slice(0, valid.shape[1])
    for bottom, row in enumerate(valid, 1):
        heights = np.where(row, heights + 1, 0)
        waiting: list[tuple[int, int]] = []  # where a rectangle begins, and its height, lower ones first
        for right, height in enumerate([*heights.tolist(), 0]):
            left = right
            while waiting and waiting[-1][1] >= height:
                left, tall = waiting.pop()
                if tall * (right - left) > best[0]:
                    best = tall * (right - left), slice(bottom - tall, bottom), slice(left, right)
            waiting.append((left, height))
    return best[1], best[2]


def as_type(values: NDArray[Any], valid: NDArray[np.bool_], dtype: Any, nothing: float | None) -> NDArray[Any]:
    """Values in a file's type, rounded where that has whole numbers, and `nothing` where they mean nothing.

    What means something and would be `nothing` becomes its neighbour.
    """
    if np.issubdtype(dtype, np.integer):
        most = np.iinfo(dtype)
        values = np.rint(values).clip(most.min, most.max)
        if nothing is not None:
            values = np.where(values == nothing, nothing + (1 if nothing < most.max else -1), values)
    result = values.astype(dtype)
    if nothing is not None:
        result[~valid] = nothing
    return result


def library(name: str, extra: str, path: Path | Elsewhere) -> Any:
    """The module of an extra's library; an ImageError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ImageError(path, f'{package} reads such files: pip install "sr_experiments[{extra}]"') from None


def content(path: Path | Elsewhere) -> Path | BytesIO:
    """What a library opens."""
    return path if isinstance(path, Path) else BytesIO(path.read())


def check_size(path: Path | Elsewhere, width: int, height: int, channels: int = 1, frames: int = 1) -> None:
    """An ImageError of what has no pixels, or claims more than an image may have, before any memory is taken."""
    if min(width, height, channels, frames) < 1 or frames > MOST_FRAMES:
        size = f"{frames:,} images of {width:,}×{height:,} pixels and {channels:,} channels"
        raise ImageError(path, f"expected 1 to {MOST_FRAMES:,} images with pixels, got {size}")
    if width * height * channels > 3 * max_pixels():
        size = f"{width:,}×{height:,} pixels of {channels:,} channels"
        raise ImageError(path, f"{size} are more than data.max_pixels, or SR_MAX_PIXELS, lets in ({max_pixels():,})")
