"""Filtering each image of a batch with a kernel of its own."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d

from sr_experiments.degradation.draws import like


def filter_each(image: Tensor, kernels: np.ndarray) -> Tensor:
    """`image` `(B, C, H, W)` correlated with `kernels` `(B, k, k)`, made to add up to 1; mirrored beyond the border."""
    count, channels, height, width = image.shape
    kernels = kernels / kernels.sum((1, 2), keepdims=True)
    edged = _mirror(_mirror(image, kernels.shape[-1] // 2, -2), kernels.shape[-1] // 2, -1)
    planes = edged.reshape(1, count * channels, *edged.shape[-2:])
    weights = like(kernels, image)[:, None].repeat_interleave(channels, 0)
    return conv2d(planes, weights, groups=count * channels).reshape(count, channels, height, width)


def _mirror(image: Tensor, margin: int, dimension: int) -> Tensor:
    """As padding by `reflect`, for any margin."""
    length = image.shape[dimension]
    place = torch.arange(-margin, length + margin, device=image.device) % max(2 * length - 2, 1)
    return image.index_select(dimension, torch.minimum(place, 2 * length - 2 - place))


def grid(sides: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """y and x of the taps of the largest kernel, counted from its middle. A ValueError for a side that has none."""
    if any(side % 2 == 0 for side in sides):
        raise ValueError(f"a kernel's sides: expected odd numbers of pixels, got {sides}")
    reach = max(sides) // 2
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    return y, x


def kernel_mask(random: np.random.Generator, count: int, sides: Sequence[int]) -> np.ndarray:
    """The taps within a side drawn from `sides` for each kernel: bool `(count, k, k)`."""
    y, x = grid(sides)
    drawn = random.choice(sides, count)[:, None, None]
    return np.maximum(abs(y), abs(x)) <= drawn // 2
