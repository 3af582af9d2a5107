"""EDSR's body: residual blocks without batch normalisation."""

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """x + residual_scale · conv(relu(conv(x))) on `(B, width, H, W)`."""

    def __init__(self, *, width: int, residual_scale: float) -> None:
        super().__init__()
        self.residual_scale = residual_scale
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.residual_scale * self.layers(features)


class EdsrDecoder(nn.Module):
    """`blocks` residual blocks and a convolution inside one long skip, `(B, width, H, W)` to the same.

    Lim et al., "Enhanced Deep Residual Networks for Single Image Super-Resolution", CVPR Workshops 2017, section 3.2.
    """

    def __init__(self, *, width: int, blocks: int, residual_scale: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(ResidualBlock(width=width, residual_scale=residual_scale) for _ in range(blocks)),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        return features + self.layers(features)
