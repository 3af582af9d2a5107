"""High-resolution images with the low-resolution ones made from them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from sr_experiments.data.drawn import DrawnImages
from sr_experiments.data.store import Degradation, Images, high_images, low_images
from sr_experiments.degradation.chain import Chain
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.resize import high_size


class Pair(NamedTuple):
    """An image: `high` uint8 `(3, s·h, s·w)`, `low` uint8 `(3, h, w)`.

    Or luma alone: `high` uint8 `(1, s·h, s·w)`, `low` float of 0 to 255 `(1, h, w)`.

    One that does not count only keeps a device busy that has no image of its own.
    """

    name: str
    low: Tensor
    high: Tensor
    counts: bool = True


class Pairs(Sequence[Pair]):
    """The pairs of a source, in views of its decoded images; `chosen` are the numbers of those that are used."""

    def __init__(self, low: Images | DrawnImages, high: Images, scale: float, chosen: np.ndarray) -> None:
        self.low, self.high, self.scale, self.chosen = low, high, scale, chosen

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, number: int) -> Pair:  # pyright: ignore[reportIncompatibleMethodOverride]
        image = self.chosen[number]
        low = self.low[image]
        height, width = high_size(low.shape[-2:], self.scale)
        return Pair(self.high.names[image], low, self.high[image][:, :height, :width])


def read_pairs(
    files: Sequence[ImageFile], degradation: Degradation, scale: float, smallest: int = 1, on_bad: str = "error"
) -> Pairs:
    """The pairs of `files`, decoded at their first use.

    What cannot be used, or is below `smallest` low-resolution pixels, is reported in one list: a ValueError, or with
    `on_bad="skip"` a message.
    """
    if on_bad not in ("error", "skip"):
        raise ValueError(f"on_bad is error or skip, not {on_bad!r}")
    pairs, problems = usable_pairs(files, degradation, scale, smallest)
    if problems:
        report = "\n".join([f"{len(problems)} of {len(files)} images cannot be used:", *problems])
        if on_bad == "error" or not pairs:
            raise ValueError(f"{report}\ndata.on_bad=skip goes on without them")
        print(report)
    return pairs


def usable_pairs(
    files: Sequence[ImageFile], degradation: Degradation, scale: float, smallest: int = 1
) -> tuple[Pairs, list[str]]:
    """The pairs of `files`, and a line for each file that cannot be used."""
    high = high_images(files)
    small = high.sizes.min(axis=1) < smallest * scale
    too_small = [_too_small(high, number, math.ceil(smallest * scale)) for number in np.flatnonzero(small).tolist()]
    drawn = isinstance(degradation, Chain)
    low = DrawnImages(high, degradation, scale) if drawn else low_images(high, degradation, scale)
    return Pairs(low, high, scale, np.flatnonzero(~small)), [*high.problems, *too_small]


def _too_small(high: Images, number: int, smallest: int) -> str:
    height, width = high.sizes[number]
    return f"{high.names[number]}: expected at least {smallest} pixels a side, got {width}×{height}"
