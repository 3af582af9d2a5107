"""RFDN's body: distillation by 1×1 convolutions beside shallow residual ones."""

import torch
from torch import Tensor, nn

from sr_experiments.model.block.aggregation import Aggregation
from sr_experiments.model.block.attention import EnhancedSpatialAttention


class FeatureDistillationBlock(nn.Module):
    """Three shallow residual convolutions, each beside a 1×1 that keeps half; `(B, width, H, W)` to the same.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        half = width // 2
        self.keeps = nn.ModuleList(nn.Conv2d(width, half, 1) for _ in range(3))
        self.steps = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(3))
        self.last = nn.Conv2d(width, half, 3, padding=1)
        self.activation = nn.LeakyReLU(0.05)
        self.merge = nn.Conv2d(4 * half, width, 1)
        self.attention = EnhancedSpatialAttention(width=width, narrow=width // 4, convolutions=3)

    def forward(self, features: Tensor) -> Tensor:
        kept = []
        for keep, step in zip(self.keeps, self.steps, strict=True):
            kept.append(self.activation(keep(features)))
            features = self.activation(features + step(features))
        kept.append(self.activation(self.last(features)))
        return self.attention(self.merge(torch.cat(kept, 1)))


class RfdnDecoder(Aggregation):
    """`blocks` residual feature distillation blocks, `(B, width, H, W)` to the same.

    Liu et al., "Residual Feature Distillation Network for Lightweight Image Super-Resolution", ECCV Workshops 2020,
    section 3.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        super().__init__(width=width, blocks=[FeatureDistillationBlock(width=width) for _ in range(blocks)])
