"""The low-resolution image of nearly every paper."""

from torch import Tensor

from sr_experiments.resize import resize


def bicubic(high: Tensor, *, scale: int) -> Tensor:
    """MATLAB's `imresize(high, 1 / scale, "bicubic")` of uint8 `(..., s·h, s·w)`, bit for bit."""
    return resize(high, (high.shape[-2] // scale, high.shape[-1] // scale))
