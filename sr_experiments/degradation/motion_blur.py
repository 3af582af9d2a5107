"""Blur by motion along a straight line."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from sr_experiments.degradation.draws import between
from sr_experiments.degradation.filters import filter_each, grid


def motion_blur(
    image: Tensor,
    random: np.random.Generator,
    size: tuple[int, int],
    *,
    length: Sequence[float],
    degrees: Sequence[float],
) -> Tensor:
    """Blur each image along a line of `length` pixels at an angle of `degrees`.

    As MATLAB's `fspecial("motion")`, a tap weighs one less its distance to the line. Sun et al., "Learning a
    convolutional neural network for non-uniform motion blur removal", CVPR 2015, take lengths of 1 to 25.
    """
    lengths, angles = (between(random, limits, len(image))[:, None, None] for limits in (length, degrees))
    angles = np.deg2rad(angles)
    y, x = grid([2 * int(np.ceil(length[1] / 2)) + 1])
    along, across = x * np.cos(angles) - y * np.sin(angles), x * np.sin(angles) + y * np.cos(angles)
    beyond = np.maximum(abs(along) - (lengths - 1) / 2, 0)
    return filter_each(image, np.maximum(1 - np.hypot(across, beyond), 0))
