"""IMDN's body: blocks that set a part of their channels aside, step by step."""

import torch
from torch import Tensor, nn

from sr_experiments.model.block.aggregation import Aggregation
from sr_experiments.model.block.attention import ContrastChannelAttention


class MultiDistillationBlock(nn.Module):
    """Four 3×3 convolutions, a quarter of the channels kept after each of three; `(B, width, H, W)` to the same.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        self.kept = width // 4
        self.rest = width - self.kept
        sizes = [(width, width), (self.rest, width), (self.rest, width), (self.rest, self.kept)]
        self.steps = nn.ModuleList(nn.Conv2d(inputs, outputs, 3, padding=1) for inputs, outputs in sizes)
        self.activation = nn.LeakyReLU(0.05)
        self.attention = ContrastChannelAttention(width=width, reduction=16)
        self.merge = nn.Conv2d(4 * self.kept, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        kept, rest = [], features
        for step in self.steps[:3]:  # pyright: ignore[reportGeneralTypeIssues]
            part, rest = self.activation(step(rest)).split((self.kept, self.rest), 1)
            kept.append(part)
        kept.append(self.steps[3](rest))
        return features + self.merge(self.attention(torch.cat(kept, 1)))


class ImdnDecoder(Aggregation):
    """`blocks` information multi-distillation blocks, `(B, width, H, W)` to the same; `width` is a multiple of 4.

    Hui et al., "Lightweight Image Super-Resolution with Information Multi-distillation Network", ACM MM 2019,
    section 3.
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        super().__init__(width=width, blocks=[MultiDistillationBlock(width=width) for _ in range(blocks)])
