"""ECBSR's convolution: five branches while it learns, one 3×3 kernel in use."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

EDGES = (
    ((1.0, 0.0, -1.0), (2.0, 0.0, -2.0), (1.0, 0.0, -1.0)),
    ((1.0, 2.0, 1.0), (0.0, 0.0, 0.0), (-1.0, -2.0, -1.0)),
    ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0)),
)


class EdgeConvolution(nn.Module):
    """3×3 convolution whose kernel is learnt as a sum: plain, expanded and squeezed, and three edge filters.

    `(B, in_channels, H, W)` to `(B, out_channels, H, W)`. Zhang et al., "Edge-oriented Convolution Block for Real-time
    Super Resolution on Mobile Devices", ACM MM 2021, section 3. All branches are linear, so the kernels are added, not
    the results: the same function and gradients at the cost of one convolution. The 1×1 before an edge filter has no
    bias, which a filter that sums to zero would cancel.

    `in_channels`: channels of the input; `out_channels`: channels of the output.
    """

    def __init__(self, *, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.register_buffer("edges", torch.tensor(EDGES), persistent=False)
        self.plain = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.expand = nn.Conv2d(in_channels, 2 * out_channels, 1)
        self.squeeze = nn.Conv2d(2 * out_channels, out_channels, 3)
        self.mixes = nn.ModuleList(nn.Conv2d(in_channels, out_channels, 1, bias=False) for _ in EDGES)
        self.scales = nn.Parameter(1e-3 * torch.randn(len(EDGES), out_channels, 1, 1))
        self.biases = nn.Parameter(1e-3 * torch.randn(len(EDGES), out_channels))

    edges: Tensor

    def merged(self) -> tuple[Tensor, Tensor]:
        """The one kernel `(out_channels, in_channels, 3, 3)` and bias that the branches amount to."""
        weight = self.plain.weight + torch.einsum("omhw,mi->oihw", self.squeeze.weight, self.expand.weight[..., 0, 0])
        bias = _bias(self.plain) + _bias(self.squeeze) + self.squeeze.weight.sum((2, 3)) @ _bias(self.expand)
        for mix, scale, edge in zip(self.mixes, self.scales, self.edges, strict=True):
            weight = weight + scale[:, None] * edge * mix.weight  # pyright: ignore[reportOperatorIssue]
        return weight, bias + self.biases.sum(0)

    def forward(self, features: Tensor) -> Tensor:
        return conv2d(features, *self.merged(), padding=1)


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
