"""The low-resolution image behind the bicubic rows of the SRCNN era."""

import torch
from torch import Tensor

from sr_experiments.resize import resize


def bicubic_y(high: Tensor, *, scale: float) -> Tensor:
    """Luma in whole numbers, `(..., 1, s·h, s·w)`, shrunk to `(..., 1, h, w)`: 0 to 255, not rounded, float32.

    For measuring alone: a ValueError where `high` is RGB, as training data are.
    """
    if high.shape[-3] != 1:
        raise ValueError("the degradation bicubic_y makes luma alone, for benchmarks: choose another to train with")
    return resize(high.double(), (round(high.shape[-2] / scale), round(high.shape[-1] / scale))).to(torch.float32)
