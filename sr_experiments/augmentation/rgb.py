"""RGB permutation: the channels of a patch in another order."""

import numpy as np
import torch
from torch import Tensor


def rgb(low: Tensor, high: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Put the channels of each patch `(B, 3, H, W)` in one of their six orders, both sizes alike.

    Yoo et al., "Rethinking data augmentation for image super-resolution", CVPR 2020.
    """
    orders = random.permuted(np.tile(np.arange(3), (len(low), 1)), axis=1)
    planes = torch.from_numpy((3 * np.arange(len(low))[:, None] + orders).ravel()).to(low.device)
    return _reordered(low, planes), _reordered(high, planes)


def _reordered(images: Tensor, planes: Tensor) -> Tensor:
    return images.flatten(0, 1).index_select(0, planes).view_as(images)
