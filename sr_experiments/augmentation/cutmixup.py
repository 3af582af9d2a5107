"""CutMixup: a box of each patch, or what lies around it, is overlaid with another patch."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import PARTS, boxes, draw_changed, mix, paste, reorder


def cutmixup(
    low: Tensor, high: Tensor, random: np.random.Generator, *, ratio: float, alpha: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Overlay as mixup does (`alpha`), within a box as of CutMix (`ratio`) or, as often, around it; both sizes alike.

    Yoo et al., "Rethinking data augmentation for image super-resolution", CVPR 2020 (ratio 0.7, alpha 1.2).

    `chance`: of a patch to be changed, 0 to 1.
    """
    order = random.permutation(len(low))
    weights = np.rint(PARTS * random.beta(alpha, alpha, len(low)))
    box = boxes(random, len(low), (low.shape[-2], low.shape[-1]), ratio)
    box ^= draw_changed(random, len(low), 0.5)[:, None, None, None]
    box[~draw_changed(random, len(low), chance)] = False
    return (
        paste(low, mix(low, reorder(low, order), weights), box),
        paste(high, mix(high, reorder(high, order), weights), box),
    )
