"""High-resolution images with the low-resolution ones made from them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from sr_experiments.data.decoded.images import Images
from sr_experiments.data.decoded.low import LowImages, degraded_images
from sr_experiments.data.decoded.store import Degradation, checked_images, high_images
from sr_experiments.data.sources.mixed import chances
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.resize import high_size


class Pair(NamedTuple):
    """An image: `high` uint8 `(C, s·h, s·w)`, `low` uint8 `(C, h, w)`; photographs have three channels.

    Of a file with 16 bits a channel float32 of 0 to 255. Of a degradation that no store holds `low` is float, around 0
    to 255, and either may be luma alone, `(1, …)`.

    One that does not count only keeps a device busy that has no image of its own.
    """

    name: str
    low: Tensor
    high: Tensor
    counts: bool = True


class Pairs(Sequence[Pair]):
    """The pairs of a source, `low` images beside `high` ones that are `scale` times as large, in views of both.

    `usable`: the numbers of those that can be used.

    `chances`, as many, is how likely each is to be drawn, summed up; None where all are alike. Of `streamed` ones only
    names and sizes are known.
    """

    def __init__(
        self,
        low: LowImages,
        high: Images,
        scale: float,
        usable: np.ndarray,
        *,
        chances: np.ndarray | None = None,
        streamed: bool = False,
    ) -> None:
        self.low, self.high, self.scale, self.usable = low, high, scale, usable
        self.chances, self.streamed = chances, streamed

    @property
    def file_numbers(self) -> list[int]:
        """Where in the source the images stand."""
        return [self.high.numbers[image] for image in self.usable]

    def weighted(self, weights: Sequence[tuple[float, int]]) -> "Pairs":
        """The same, drawn by the weights of their sources, see `chances`."""
        likely = chances(weights, self.file_numbers)
        return Pairs(self.low, self.high, self.scale, self.usable, chances=likely, streamed=self.streamed)

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """The numbers of `count` images."""
        if self.chances is None:
            return self.usable[random.integers(len(self), size=count)]
        return self.usable[np.searchsorted(self.chances, random.random(count), side="right")]

    def __len__(self) -> int:
        return len(self.usable)

    def __getitem__(self, number: int) -> Pair:  # pyright: ignore[reportIncompatibleMethodOverride]
        image = self.usable[number]
        low = self.low[image]
        height, width = high_size(low.shape[-2:], self.scale)
        return Pair(self.high.names[image], low, self.high[image][:, :height, :width])


def read_pairs(
    files: Sequence[ImageFile], degradation: Degradation, scale: float, smallest: int = 1, on_bad: str = "error"
) -> Pairs:
    """The pairs of `files`, decoded at their first use; see `check_pairs`."""
    return check_pairs(*usable_pairs(files, degradation, scale, smallest), len(files), on_bad)


def check_pairs(pairs: Pairs, problems: Sequence[str], count: int, on_bad: str) -> Pairs:
    """The pairs, if they can be used.

    What cannot, or is below some number of pixels, is reported in one list: a ValueError, or with `on_bad="skip"` a
    message.
    """
    if on_bad not in ("error", "skip"):
        raise ValueError(f"on_bad is error or skip, not {on_bad!r}")
    if problems:
        report = "\n".join([f"{len(problems)} of {count} images cannot be used:", *problems])
        if on_bad == "error" or not pairs:
            raise ValueError(f"{report}\ndata.on_bad=skip goes on without them")
        print(report)
    return pairs


def usable_pairs(
    files: Sequence[ImageFile], degradation: Degradation, scale: float, smallest: int = 1
) -> tuple[Pairs, list[str]]:
    """The pairs of `files`, and a line for each file that cannot be used."""
    high = high_images(files)
    small, size_problems = too_small(high, smallest * scale)
    low = degraded_images(high, degradation, scale)
    return Pairs(low, high, scale, np.flatnonzero(~small)), [*high.problems, *size_problems]


def too_small(images: Images, smallest: float) -> tuple[np.ndarray, list[str]]:
    """Which images have a side of fewer pixels, and a line for each of them."""
    small = images.sizes.min(axis=1) < smallest
    return small, [_size_problem(images, number, math.ceil(smallest)) for number in np.flatnonzero(small).tolist()]


def streamed_pairs(files: Sequence[ImageFile], scale: float, smallest: int = 1, on_bad: str = "error") -> Pairs:
    """As `read_pairs`, but names and sizes alone, of images that would not fit on the disk."""
    images = checked_images(files)
    small, size_problems = too_small(images, smallest * scale)
    pairs = Pairs(images, images, scale, np.flatnonzero(~small), streamed=True)
    return check_pairs(pairs, [*images.problems, *size_problems], len(files), on_bad)


def _size_problem(high: Images, number: int, smallest: int) -> str:
    height, width = high.sizes[number]
    return f"{high.names[number]}: expected at least {smallest} pixels a side, got {width}×{height}"
