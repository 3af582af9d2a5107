"""Mixup: each patch and another of the batch, overlaid."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import PARTS, draw_changed, mix, reorder


def mixup(
    low: Tensor, high: Tensor, random: np.random.Generator, *, alpha: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Overlay each patch with another one, their weights drawn from Beta(alpha, alpha), both sizes alike.

    Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018; for super-resolution Yoo et al., "Rethinking
    data augmentation for image super-resolution", CVPR 2020 (alpha 1.2).

    `alpha`: both parameters of the Beta distribution; `chance`: of a patch to be changed, 0 to 1.
    """
    order = random.permutation(len(low))
    weights = np.rint(PARTS * random.beta(alpha, alpha, len(low)))
    weights[~draw_changed(random, len(low), chance)] = PARTS
    return mix(low, reorder(low, order), weights), mix(high, reorder(high, order), weights)
