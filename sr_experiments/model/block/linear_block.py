"""SESR's linear block: two convolutions in a row while it learns, one k×k kernel in use."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class LinearBlock(nn.Module):
    """k×k convolution whose kernel is learnt as k×k to `expansion` channels and 1×1 back, plus identity where it fits.

    `(B, in_channels, H, W)` to `(B, out_channels, H, W)`, without biases; `size`: k, odd. Bhardwaj et al., "Collapsible
    Linear Blocks for Super-Efficient Super Resolution", MLSys 2022, algorithms 1 and 2: the kernels are multiplied, not
    the results, at the cost of one convolution, and the short residual is part of the kernel.

    `in_channels`: channels of the input; `out_channels`: channels of the output; `expansion`: None learns the kernel
    itself.
    """

    def __init__(self, *, in_channels: int, out_channels: int, size: int, expansion: int | None) -> None:
        super().__init__()
        self.expand = nn.Conv2d(in_channels, expansion or out_channels, size, bias=False)
        self.squeeze = nn.Conv2d(expansion, out_channels, 1, bias=False) if expansion else nn.Identity()
        for weight in self.parameters():
            nn.init.xavier_uniform_(weight)

    def merged(self) -> tuple[Tensor, None]:
        """The one kernel `(out_channels, in_channels, k, k)` that the block amounts to; there is no bias."""
        weight = self.expand.weight
        if isinstance(self.squeeze, nn.Conv2d):
            weight = torch.einsum("om,mihw->oihw", self.squeeze.weight[..., 0, 0], weight)
        out_channels, in_channels, size, _ = weight.shape
        if out_channels == in_channels:
            identity = torch.eye(out_channels, dtype=weight.dtype, device=weight.device)[..., None, None]
            weight = weight + pad(identity, (size // 2,) * 4)
        return weight, None

    def forward(self, features: Tensor) -> Tensor:
        weight, _ = self.merged()
        return conv2d(features, weight, padding=weight.shape[-1] // 2)
