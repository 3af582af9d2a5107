"""Blend: each patch under a veil of one color."""

import numpy as np
from torch import Tensor

from sr_experiments.augmentation.mixing import PARTS, draw_changed, mix
from sr_experiments.transfer import to_device


def blend(
    low: Tensor, high: Tensor, random: np.random.Generator, *, least: float, chance: float
) -> tuple[Tensor, Tensor]:
    """Mix each patch with a random color, of which it keeps `least` to 1, evenly drawn; both sizes alike.

    Yoo et al., "Rethinking data augmentation for image super-resolution", CVPR 2020 (least 0.6).

    `chance`: of a patch to be changed, 0 to 1.
    """
    colors = random.integers(256, size=(*low.shape[:2], 1, 1), dtype=np.uint8)
    weights = np.rint(PARTS * random.uniform(least, 1, len(low)))
    weights[~draw_changed(random, len(low), chance)] = PARTS
    color = to_device(colors, low.device)
    return mix(low, color.expand_as(low), weights), mix(high, color.expand_as(high), weights)
