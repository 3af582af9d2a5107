"""Mixup: each patch and another of the batch, overlaid."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import PARTS, chosen, reordered, weighted


def mixup(
    low: Tensor, high: Tensor, random: np.random.Generator, *, alpha: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Overlay each patch with another one, their weights drawn from Beta(alpha, alpha), both sizes alike.

    Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018; for super-resolution Yoo et al., "Rethinking
    data augmentation for image super-resolution", CVPR 2020 (alpha 1.2).
    """
    order = random.permutation(len(low))
    weights = np.rint(PARTS * random.beta(alpha, alpha, len(low)))
    weights[~chosen(random, len(low), chance)] = PARTS
    return weighted(low, reordered(low, order), weights), weighted(high, reordered(high, order), weights)
