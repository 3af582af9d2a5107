"""SRResNet's first layer."""

from torch import nn


class SrresnetEncoder(nn.Sequential):
    """9×9 convolution and PReLU, `(B, channels, H, W)` to `(B, width, H, W)` (Ledig et al., 2017, figure 4).

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__(nn.Conv2d(channels, width, 9, padding=4), nn.PReLU())
