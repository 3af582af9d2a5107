"""The low-resolution image of nearly every paper."""

from torch import Tensor

from sr_experiments.resize import resize


def bicubic(high: Tensor, *, scale: float) -> Tensor:
    """MATLAB's `imresize(high, 1 / scale, "bicubic")` of uint8 `(..., s·h, s·w)`, bit for bit."""
    return resize(high, (round(high.shape[-2] / scale), round(high.shape[-1] / scale)))
