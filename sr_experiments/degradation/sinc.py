"""Ringing and overshoot, by an ideal low-pass filter cut short."""

from collections.abc import Sequence

import numpy as np
from scipy.special import j1
from torch import Tensor

from sr_experiments.degradation.draws import between
from sr_experiments.degradation.filters import filter_each, grid, kernel_mask


def sinc(
    image: Tensor, random: np.random.Generator, size: tuple[int, int], *, sides: Sequence[int], cutoff: Sequence[float]
) -> Tensor:
    """Filter each image with ω J₁(ω r) / 2π r, J₁ being the first-order Bessel function of the first kind.

    `sides` of the kernel in pixels; `cutoff` ω in units of π, the highest frequency that pixels can hold.
    Wang et al., "Real-ESRGAN", ICCVW 2021.
    """
    frequency = np.pi * between(random, cutoff, len(image))[:, None, None]
    y, x = grid(sides)
    radius = np.where((x == 0) & (y == 0), 1e-8, np.hypot(x, y))
    return filter_each(image, kernel_mask(random, len(image), sides) * j1(frequency * radius) / radius)
