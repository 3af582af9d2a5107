"""Geometric self-ensemble."""

from collections.abc import Callable

import torch
from torch import Tensor

FLIPS: tuple[tuple[int, ...], ...] = ((), (-1,), (-2,), (-2, -1))


def self_ensemble(network: Callable[[Tensor], Tensor], low: Tensor) -> Tensor:
    """The mean of what a network makes of `(B, C, H, W)` turned and mirrored in all eight ways, each turned back.

    Timofte et al., "Seven ways to improve example-based single image super resolution", CVPR 2016, section 3.3. Two
    results are held at a time.
    """
    total = torch.zeros(())
    for axes in FLIPS:
        total = network(low.flip(axes)).flip(axes) + total
        total = network(low.mT.flip(axes)).flip(axes).mT + total
    return total / (2 * len(FLIPS))
