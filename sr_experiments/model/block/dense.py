"""Densely connected convolutions inside a residual connection."""

import torch
from torch import Tensor, nn


class ResidualDenseBlock(nn.Module):
    """Convolutions that each see the input and all before, `(B, width, H, W)` to the same, plus scale × the input's.

    `layers` 3×3 convolutions add `growth` channels each; `fusion`, of kernel `fusion_size`, brings them back to
    `width`. `slope` is the leaky ReLU's. RDN: fusion_size 1, slope 0, scale 1 (Zhang et al., CVPR 2018, section 3.2).
    ESRGAN: fusion_size 3, slope 0.2, scale 0.2, `layers` counting without the fusion (Wang et al., 2018, section 3.1).
    """

    def __init__(self, *, width: int, growth: int, layers: int, fusion_size: int, slope: float, scale: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width + index * growth, growth, 3, padding=1), nn.LeakyReLU(slope))
            for index in range(layers)
        )
        self.fusion = nn.Conv2d(width + layers * growth, width, fusion_size, padding=fusion_size // 2)
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        known = features
        for layer in self.layers:
            known = torch.cat([known, layer(known)], 1)
        return features + self.scale * self.fusion(known)
