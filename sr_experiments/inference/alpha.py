"""What is under and in an alpha channel, enlarged so that edges keep their color."""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d


def bleed(color: Tensor, alpha: Tensor, pixels: int) -> Tensor:
    """`(B, C, H, W)`, its color under full transparency replaced by that of what can be seen so many pixels around.

    What is farther away stays as it is.
    """
    seen = (alpha > 0).to(color)
    if bool(seen.all()):
        return color
    for _ in range(pixels):
        share = avg_pool2d(seen, 3, 1, 1)
        grown = avg_pool2d(color * seen, 3, 1, 1) / share.clamp(min=1e-6)
        color = torch.where((seen == 0) & (share > 0), grown, color)
        seen = (share > 0).to(color)
    return color


def within_neighbours(high: Tensor, alpha: Tensor) -> Tensor:
    """An enlarged alpha channel `(B, 1, s·H, s·W)`, no more and no less than the nine pixels around had.

    So what is opaque, or transparent, stays so to the last bit.
    """
    size = high.shape[-2:]
    most, least = (sign * max_pool2d(sign * alpha, 3, 1, 1) for sign in (1, -1))
    return torch.minimum(torch.maximum(high, interpolate(least, size)), interpolate(most, size))
