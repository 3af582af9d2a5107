"""Decoded images, as they lie in the store."""

import json
import math
from collections.abc import Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor


class Images(Sequence[Tensor]):
    """Decoded images, read where they lie: `images[i]` is `(channels, H, W)`.

    One of 8 bits is uint8, one of 16 float32 of 0 to 255, see `levels`; where a source has both, `pixels` are uint16.
    `names`, `depths` in bits, `sizes` `(n, 2)` as height and width, `offsets` of each into `pixels`; `problems`: what
    could not be decoded, and `numbers`: where in the source the others stand.

    `place`: path of the store without its suffix.
    """

    def __init__(self, place: Path) -> None:
        index = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        self.place, self.names, self.problems = place, index["names"], index["problems"]
        self.numbers: list[int] = index["numbers"]
        self.depths: list[int] = index["depths"]
        self.dtype, self.channels = np.dtype(index["dtype"]), index["channels"]
        self.sizes = np.array(index["sizes"], np.int64).reshape(-1, 2)
        lengths = self.channels * self.sizes.prod(axis=1)
        self.offsets = np.cumsum(lengths) - lengths

    @cached_property
    def pixels(self) -> np.ndarray:
        """All pixels, one image after another; the pages are read when they are touched, and never written."""
        if not self.place.with_suffix(".bin").stat().st_size:
            return np.empty(0, self.dtype)
        return np.memmap(self.place.with_suffix(".bin"), self.dtype, mode="c").view(np.ndarray)

    def array(self, number: int) -> np.ndarray:
        """One image `(channels, H, W)`, a view."""
        shape = (self.channels, *self.sizes[number])
        return self.pixels[self.offsets[number] :][: math.prod(shape)].reshape(shape)

    def rename(self, names: Sequence[str]) -> None:
        """Call the images as all files of the source are called, in its order."""
        self.names = [names[number] for number in self.numbers]

    def select(self, order: Sequence[int]) -> "Images":
        """These of the images, in this order."""
        part = copy(self)
        part.names, part.numbers = [self.names[n] for n in order], [self.numbers[n] for n in order]
        part.depths = [self.depths[n] for n in order]
        part.sizes, part.offsets = self.sizes[order], self.offsets[order]
        return part

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        pixels = self.array(number)
        if self.depths[number] < 8 * self.dtype.itemsize:
            pixels = (pixels // 257).astype(np.uint8)
        return levels(torch.from_numpy(pixels))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "pixels"}


def levels(pixels: Tensor) -> Tensor:
    """Pixels on the scale of 0 to 255: uint8 as they are, uint16 as float32, in steps of 1/257."""
    return pixels.float() / 257 if pixels.dtype == torch.uint16 else pixels


def from_levels(pixels: Tensor) -> Tensor:
    """The inverse of `levels`, clipped to 0 to 255."""
    return (257 * pixels.clamp(0, 255)).round().to(torch.uint16) if pixels.is_floating_point() else pixels


def widen(pixels: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Pixels in the type of a store that has others of 16 bits too: those of 8 bits times 257."""
    return pixels if pixels.dtype == dtype else np.uint16(257) * pixels
