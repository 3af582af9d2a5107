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

    One of 8 bits is uint8, one of 16 float32 of 0 to 255, see `levels`. `names`, `depths` in bits, `sizes` `(n, 2)` as
    height and width, `stores` that they lie in and `offsets` there; `problems`: what could not be decoded, and
    `numbers`: where in the source the others stand. `pixels` of a store are uint16 where it has both depths, and so are
    patches (`dtype`) where any store is.

    `places`: paths of the stores without their suffixes; `numbers`: where the files of each stand in the source, in
    whose order the images are.
    """

    def __init__(self, places: Sequence[Path], numbers: Sequence[Sequence[int]]) -> None:
        indices = [json.loads(place.with_suffix(".json").read_text(encoding="utf-8")) for place in places]
        self.places, self.problems = places, [line for index in indices for line in index["problems"]]
        self.dtypes = [np.dtype(index["dtype"]) for index in indices]
        self.dtype, self.channels = np.result_type(*self.dtypes), max(index["channels"] for index in indices)
        self.names: list[str] = [name for index in indices for name in index["names"]]
        self.depths: list[int] = [depth for index in indices for depth in index["depths"]]
        self.numbers: list[int] = [
            own[at] for own, index in zip(numbers, indices, strict=True) for at in index["numbers"]
        ]
        sizes = [np.array(index["sizes"], np.int64).reshape(-1, 2) for index in indices]
        lengths = [self.channels * each.prod(axis=1) for each in sizes]
        self.sizes = np.concatenate(sizes)
        self.offsets = np.concatenate([np.cumsum(each) - each for each in lengths])
        self.stores = np.repeat(np.arange(len(places)), [len(each) for each in sizes])
        if len(places) > 1:
            self._take(np.argsort(self.numbers).tolist())

    @cached_property
    def pixels(self) -> list[np.ndarray]:
        """The pixels of each store, image after image; pages are read when they are touched, and never written."""
        return [_mapped(place, dtype) for place, dtype in zip(self.places, self.dtypes, strict=True)]

    def array(self, number: int) -> np.ndarray:
        """One image `(channels, H, W)`, a view."""
        shape = (self.channels, *self.sizes[number])
        return self.pixels[self.stores[number]][self.offsets[number] :][: math.prod(shape)].reshape(shape)

    def rename(self, names: Sequence[str]) -> None:
        """Call the images as all files of the source are called, in its order."""
        self.names = [names[number] for number in self.numbers]

    def select(self, order: Sequence[int]) -> "Images":
        """These of the images, in this order."""
        part = copy(self)
        part._take(order)
        return part

    def _take(self, order: Sequence[int]) -> None:
        self.names, self.numbers = [self.names[n] for n in order], [self.numbers[n] for n in order]
        self.depths = [self.depths[n] for n in order]
        self.sizes, self.offsets, self.stores = self.sizes[order], self.offsets[order], self.stores[order]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        pixels = self.array(number)
        if self.depths[number] < 8 * pixels.itemsize:
            pixels = (pixels // 257).astype(np.uint8)
        return levels(torch.from_numpy(pixels))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "pixels"}


def _mapped(place: Path, dtype: np.dtype) -> np.ndarray:
    file = place.with_suffix(".bin")
    return np.memmap(file, dtype, mode="c").view(np.ndarray) if file.stat().st_size else np.empty(0, dtype)


def levels(pixels: Tensor) -> Tensor:
    """Pixels on the scale of 0 to 255: uint8 as they are, uint16 as float32, in steps of 1/257."""
    return pixels.float() / 257 if pixels.dtype == torch.uint16 else pixels


def from_levels(pixels: Tensor) -> Tensor:
    """The inverse of `levels`, clipped to 0 to 255."""
    return (257 * pixels.clamp(0, 255)).round().to(torch.uint16) if pixels.is_floating_point() else pixels


def widen(pixels: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Pixels in the type of a store that has others of 16 bits too: those of 8 bits times 257."""
    return pixels if pixels.dtype == dtype else np.uint16(257) * pixels
