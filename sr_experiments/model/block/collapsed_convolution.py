"""SPAN's convolution: three in a row while it learns, one 3×3 kernel in use."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class CollapsedConvolution(nn.Module):
    """3×3 convolution whose kernel is learnt as 1×1, 3×3, 1×1 in a row, twice as wide inside, and a 1×1 beside them.

    `(B, in_channels, H, W)` to `(B, out_channels, H, W)`. Wan et al., "Swift Parameter-free Attention Network for
    Efficient Super-Resolution", CVPR Workshops 2024, section 3.3. All of it is linear, so the kernels are multiplied
    rather than the results: the same function and gradients at the cost of one convolution.

    `in_channels`: channels of the input; `out_channels`: channels of the output.
    """

    def __init__(self, *, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.beside = nn.Conv2d(in_channels, out_channels, 1)
        self.row = nn.Sequential(
            nn.Conv2d(in_channels, 2 * in_channels, 1),
            nn.Conv2d(2 * in_channels, 2 * out_channels, 3),
            nn.Conv2d(2 * out_channels, out_channels, 1),
        )

    def merged(self) -> tuple[Tensor, Tensor]:
        """The one kernel `(out_channels, in_channels, 3, 3)` and bias that the branches amount to."""
        values = dict(self.row.named_parameters())
        first, last = (values[name][..., 0, 0] for name in ("0.weight", "2.weight"))
        weight = torch.einsum("on,nmhw,mi->oihw", last, values["1.weight"], first)
        bias = last @ (values["1.weight"].sum((2, 3)) @ values["0.bias"] + values["1.bias"]) + values["2.bias"]
        beside, beside_bias = self.beside.parameters()
        return weight + pad(beside, (1, 1, 1, 1)), bias + beside_bias

    def forward(self, features: Tensor) -> Tensor:
        return conv2d(features, *self.merged(), padding=1)
