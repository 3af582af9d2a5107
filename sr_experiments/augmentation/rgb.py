"""RGB permutation: the channels of a patch in another order."""

import numpy as np
from torch import Tensor

from sr_experiments.transfer import to_device


def rgb(
    low: Tensor, high: Tensor, random: np.random.Generator, first: int = 0, count: int | None = None
) -> tuple[Tensor, Tensor]:
    """Put the channels of each patch `(B, C, H, W)` in one of their orders, six of RGB, both sizes alike.

    They may be those of a batch of `count` from `first` on.

    Yoo et al., "Rethinking data augmentation for image super-resolution", CVPR 2020.
    """
    channels = low.shape[1]
    orders = random.permuted(np.tile(np.arange(channels), (count or len(low), 1)), axis=1)[first : first + len(low)]
    planes = to_device((channels * np.arange(len(low))[:, None] + orders).ravel(), low.device)
    return _reorder(low, planes), _reorder(high, planes)


def _reorder(images: Tensor, planes: Tensor) -> Tensor:
    return images.flatten(0, 1).index_select(0, planes).view_as(images)
