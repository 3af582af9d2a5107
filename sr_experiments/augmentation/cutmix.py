"""CutMix: a box of each patch comes from another."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import boxes, draw_changed, paste, reorder


def cutmix(
    low: Tensor, high: Tensor, random: np.random.Generator, *, ratio: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Replace a box of each patch, its sides `ratio` of the patch's, by the same box of another, both sizes alike.

    Yun et al., "CutMix: regularization strategy to train strong classifiers", ICCV 2019; for super-resolution Yoo et
    al., "Rethinking data augmentation for image super-resolution", CVPR 2020 (ratio 0.7).

    `chance`: of a patch to be changed, 0 to 1.
    """
    order = random.permutation(len(low))
    box = boxes(random, len(low), (low.shape[-2], low.shape[-1]), ratio)
    box[~draw_changed(random, len(low), chance)] = False
    return paste(low, reorder(low, order), box), paste(high, reorder(high, order), box)
