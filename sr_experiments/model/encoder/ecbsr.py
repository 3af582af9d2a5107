"""ECBSR's first layer."""

from torch import nn

from sr_experiments.model.block.edge_convolution import EdgeConvolution


class EcbsrEncoder(nn.Sequential):
    """Edge-oriented 3×3 convolution and PReLU, `(B, channels, H, W)` to `(B, width, H, W)` (Zhang et al., 2021).

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__(EdgeConvolution(in_channels=channels, out_channels=width), nn.PReLU(width))
