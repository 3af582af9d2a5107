"""SPAN's body: attention without parameters of its own."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from sr_experiments.model.block.collapsed_convolution import CollapsedConvolution


class ParameterFreeAttentionBlock(nn.Module):
    """Three convolutions whose result weighs itself and the input by its sigmoid; `(B, width, H, W)` to the same.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(CollapsedConvolution(in_channels=width, out_channels=width) for _ in range(3))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The block's output, and what its first convolution made."""
        first = silu(self.steps[0](features))
        attended = self.steps[2](silu(self.steps[1](first)))
        return (attended + features) * (attended.sigmoid() - 0.5), first


class SpanDecoder(nn.Module):
    """`blocks` blocks; input, first block, last block's middle and end are merged; `(B, width, H, W)` to the same.

    Wan et al., "Swift Parameter-free Attention Network for Efficient Super-Resolution", CVPR Workshops 2024, section 3.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(ParameterFreeAttentionBlock(width=width) for _ in range(blocks))
        self.last = CollapsedConvolution(in_channels=width, out_channels=width)
        self.merge = nn.Conv2d(4 * width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        outputs, middle = [features], features
        for block in self.blocks:
            output, middle = block(outputs[-1])
            outputs.append(output)
        return self.merge(torch.cat([features, self.last(outputs[-1]), outputs[1], middle], 1))
