"""How exact a degraded image is."""

import torch
from torch import Tensor


def as_given(low: Tensor, high: Tensor) -> Tensor:
    """What was made of `high`, on its scale of 0 to 255: uint8 where it is, rounded; else float32 as it is."""
    if high.dtype == torch.uint8:
        return (low + 0.5).floor().clamp(0, 255).to(torch.uint8)
    return low.float()
