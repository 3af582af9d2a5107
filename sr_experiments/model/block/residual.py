"""The residual connection, alone and as the block that most networks repeat."""

from torch import Tensor, nn


class Residual(nn.Module):
    """x + scale · layers(x), for layers that keep the shape (He et al., CVPR 2016)."""

    def __init__(self, *layers: nn.Module, scale: float = 1.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        change = self.layers(features)
        return features + (change if self.scale == 1.0 else self.scale * change)
