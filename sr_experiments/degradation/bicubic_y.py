"""The low-resolution image behind the bicubic rows of the SRCNN era."""

import torch
from torch import Tensor

from sr_experiments.color import is_grey, luma
from sr_experiments.resize import resize


def bicubic_y(high: Tensor, *, scale: int) -> Tensor:
    """Y of uint8 RGB `(..., 3, s·h, s·w)`, rounded to whole numbers, then shrunk: `(..., 1, h, w)` of 0 to 255.

    A grey image is its own Y. For measuring alone: what it leaves is no image that a network learns RGB from.
    """
    y = luma(high, is_grey(high))
    return resize(y, (y.shape[-2] // scale, y.shape[-1] // scale)).to(torch.float32)
