"""CutBlur: a box of each low-resolution patch is clean, or all but a box."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import boxes, draw_changed, paste
from sr_experiments.resize import resize


def cutblur(
    low: Tensor, high: Tensor, random: np.random.Generator, *, ratio: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Undo the degradation within a box of each low patch, its sides `ratio` of the patch's, or, as often, around it.

    The clean pixels are `high`, made as small as `low` by the exact bicubic resize: a network learns where there is
    nothing to restore. Yoo et al., "Rethinking data augmentation for image super-resolution", CVPR 2020 (ratio 0.7),
    whose network takes low patches enlarged to the high ones' size; at scale=1 this is theirs. Where the degradation is
    that resize itself, patches stay as they are, but for the mirroring at their borders.

    `chance`: of a patch to be changed, 0 to 1.
    """
    size = (low.shape[-2], low.shape[-1])
    box = boxes(random, len(low), size, ratio)
    box ^= draw_changed(random, len(low), 0.5)[:, None, None, None]
    box[~draw_changed(random, len(low), chance)] = False
    return paste(low, resize(high, size), box), high
