"""Patches that are made of two: what mixup, CutMix, CutMixup and blend share.

Whole numbers only for 8-bit images, so that every device gives the same bits. Weights are 0 to 256, of 256 parts.
"""

import numpy as np
import torch
from torch import Tensor

from sr_experiments.transfer import to_device

PARTS = 256


def mix(images: Tensor, others: Tensor, weights: np.ndarray) -> Tensor:
    """`weights` (B,) parts of `images` `(B, C, H, W)` and the rest of `others`, rounded where they are uint8."""
    share = to_device(weights.astype(np.int32), images.device)[:, None, None, None]
    if images.is_floating_point():
        return (images * share + others * (PARTS - share)) / PARTS
    mixed = images.int() * share + others.int() * (PARTS - share)
    return ((mixed + PARTS // 2) // PARTS).to(torch.uint8)


def reorder(images: Tensor, order: np.ndarray) -> Tensor:
    """The patches in another order."""
    return images.index_select(0, to_device(order, images.device))


def draw_changed(random: np.random.Generator, count: int, chance: float) -> np.ndarray:
    """Which of `count` patches are changed, each with probability `chance`."""
    return random.random(count) < chance


def boxes(random: np.random.Generator, count: int, size: tuple[int, int], ratio: float) -> np.ndarray:
    """A box in each patch of `size`, its sides `ratio` of the patch's (normal, σ = 0.01): bool `(count, 1, h, w)`."""
    shares = np.clip(random.normal(ratio, 0.01, (count, 1)), 0, 1)
    sides = (shares * size).astype(np.int64)
    starts = (random.random((count, 2)) * (size - sides + 1)).astype(np.int64)
    rows, columns = (
        (np.arange(length) >= starts[:, axis, None]) & (np.arange(length) < (starts + sides)[:, axis, None])
        for axis, length in enumerate(size)
    )
    return (rows[:, :, None] & columns[:, None, :])[:, None]


def paste(images: Tensor, others: Tensor, box: np.ndarray) -> Tensor:
    """`others` within the box and `images` around it; the box may be given for patches of a fraction of the size."""
    scale = images.shape[-1] // box.shape[-1]
    mask = to_device(box, images.device)
    return torch.where(mask.repeat_interleave(scale, -2).repeat_interleave(scale, -1), others, images)
