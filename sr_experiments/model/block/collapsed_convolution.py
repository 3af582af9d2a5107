"""SPAN's convolution: three in a row while it learns, one 3×3 kernel in use."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad


class CollapsedConvolution(nn.Module):
    """3×3 convolution whose kernel is learnt as 1×1, 3×3, 1×1 in a row, twice as wide inside, and a 1×1 beside them.

    `(B, taken, H, W)` to `(B, made, H, W)`. Wan et al., "Swift Parameter-free Attention Network for Efficient
    Super-Resolution", CVPR Workshops 2024, section 3.3. All of it is linear, so the kernels are multiplied rather than
    the results: the same function and gradients at the cost of one convolution.
    """

    def __init__(self, *, taken: int, made: int) -> None:
        super().__init__()
        self.beside = nn.Conv2d(taken, made, 1)
        self.row = nn.Sequential(
            nn.Conv2d(taken, 2 * taken, 1), nn.Conv2d(2 * taken, 2 * made, 3), nn.Conv2d(2 * made, made, 1)
        )

    def merged(self) -> tuple[Tensor, Tensor]:
        """The one kernel `(made, taken, 3, 3)` and bias that the branches amount to."""
        values = dict(self.row.named_parameters())
        first, last = (values[name][..., 0, 0] for name in ("0.weight", "2.weight"))
        weight = torch.einsum("on,nmhw,mi->oihw", last, values["1.weight"], first)
        bias = last @ (values["1.weight"].sum((2, 3)) @ values["0.bias"] + values["1.bias"]) + values["2.bias"]
        beside, beside_bias = self.beside.parameters()
        return weight + pad(beside, (1, 1, 1, 1)), bias + beside_bias

    def forward(self, features: Tensor) -> Tensor:
        return conv2d(features, *self.merged(), padding=1)
