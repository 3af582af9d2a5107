"""The low-resolution images of high-resolution ones: kept, or drawn at random whenever they are asked for."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sr_experiments.data.decoded.images import Images
from sr_experiments.data.decoded.patches import DevicePatches, Patches, patches
from sr_experiments.data.decoded.store import Degradation, low_images
from sr_experiments.degradation.chain import Chain


class DrawnImages(Sequence[Tensor]):
    """What a `chain` for `scale` makes of `high` when it is asked for: `images[i]` is `(C, H, W)`, always the same.

    `sizes` `(n, 2)` as height and width.
    """

    def __init__(self, high: Images, chain: Chain, scale: float) -> None:
        if chain.scale != scale:
            raise ValueError(f"the degradation {chain.__name__} is for scale={chain.scale}, expected scale={scale}")
        self.high, self.chain, self.sizes = high, chain, high.sizes // chain.scale

    def __len__(self) -> int:
        return len(self.high)

    def __getitem__(self, number: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        height, width = (self.chain.scale * self.sizes[number]).tolist()
        return self.chain(self.high[number][:, :height, :width])


LowImages = Images | DrawnImages
LowPatches = Callable[[Tensor, np.random.Generator, tuple[int, int], np.ndarray, np.ndarray, int], Tensor]


def degraded_images(high: Images, degradation: Degradation, scale: float) -> LowImages:
    """What a degradation makes of `high`: kept where it is fixed, drawn where it is a chain."""
    is_drawn = isinstance(degradation, Chain)
    return DrawnImages(high, degradation, scale) if is_drawn else low_images(high, degradation, scale)


def low_patches(low: LowImages, device: torch.device | None) -> LowPatches:
    """What makes the low-resolution patches of a batch: cut from images that are kept, or drawn of the high patches.

    Called with these, a generator, their place in the batch (the first one's, and how many it has), and what `patches`
    takes: images, corners, size.
    """
    return partial(_draw, low.chain) if isinstance(low, DrawnImages) else partial(_cut, patches(low, device))


def _draw(chain: Chain, high: Tensor, random: np.random.Generator, place: tuple[int, int], *_: Any) -> Tensor:
    return chain.batch(high, random, *place)


def _cut(kept: Patches | DevicePatches, _high: Tensor, _random: Any, _place: Any, *where: Any) -> Tensor:
    return kept(*where)
