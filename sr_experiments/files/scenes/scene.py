"""What a scan, a scene or a stack holds in units of its own, as an image of 0 to 1 and back."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError
from sr_experiments.files.scenes.masks import fill, largest_rectangle

Values = tuple[NDArray[Any], NDArray[np.bool_]]
Write = Callable[[Path, Iterable[Values], int], None]
Limits = Sequence[float | Sequence[float]]
NEARLY_ALL = 0.98  # of an image: a window of a scan may leave out most of it


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

        Elsewhere each channel has the value of the nearest pixel that does. A ValueError where limits don't fit it.
        """
        values, valid = self.read(number)
        low, high = self.limits
        _check_limits(low, high, values)
        image = (np.where(valid, values, 0).astype(np.float64) - low) / (high - low)
        return np.stack([fill(*each) for each in zip(image, valid, strict=True)]), valid

    def values(self, image: NDArray[Any]) -> NDArray[np.float64]:
        """An image of 0 to 1 in the file's units."""
        low, high = self.limits
        return low + image.astype(np.float64) * (high - low)


def _check_limits(low: NDArray[np.float64], high: NDArray[np.float64], values: NDArray[Any]) -> None:
    if len(low) not in (1, len(values)):
        raise ValueError(f"limits: expected one number or {len(values)}, one for each channel, got {len(low)}")
    bits, most = 8 * values.dtype.itemsize, max(low.max(), high.max())
    if values.dtype.kind in "iu" and most > 1 << bits:
        raise ValueError(
            f"its numbers have {bits} bits, limits reach {most:g}: of another unit, it needs limits of its own"
        )


def read_clear(reader: Any, path: Path | Elsewhere, number: int) -> Tensor:
    """What is learnt from, and measured, of an image: floats `(C, H, W)`, clipped to 0 to 1.

    Of one that has pixels without meaning it is the largest rectangle that has none. An ImageError where there is none,
    or where limits are of other values.
    """
    try:
        image, valid = open_scene(reader, path).image(number)
    except ImageError:
        raise
    except ValueError as error:
        raise ImageError(path, str(error)) from None
    rows, columns = largest_rectangle(np.logical_and.reduce(valid))
    if rows.start == rows.stop:
        raise ImageError(path, "none of its pixels means anything: all are padding, nodata or NaN in some channel")
    clear = np.ascontiguousarray(image[:, rows, columns])
    if np.mean((clear < 0) | (clear > 1)) > NEARLY_ALL:
        raise ImageError(path, "nearly all of its values lie beyond limits: of another depth or unit, it needs its own")
    return torch.from_numpy(clear.clip(0, 1))


def open_scene(reader: Any, path: Path | Elsewhere) -> Scene:
    """A file as `reader` reads it, opened once for all of its images."""
    version = path.version if isinstance(path, Elsewhere) else str(path.stat().st_mtime_ns)
    return _open(reader, path, version)


@lru_cache(1)
def _open(reader: Any, path: Path | Elsewhere, version: str) -> Scene:
    return reader.scene(path)
