"""An initialisation of sub-pixel convolutions that begins without a checkerboard."""

import torch
from torch import nn


def icnr(convolution: nn.Conv2d, factor: int) -> nn.Conv2d:
    """Give the factor² sub-pixels that a following pixel shuffle spreads out the same weights; the convolution itself.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017: it begins as nearest enlargement.
    """
    with torch.no_grad():
        for parameter in convolution.parameters():
            parameter.copy_(parameter[:: factor**2].repeat_interleave(factor**2, 0))
    return convolution
