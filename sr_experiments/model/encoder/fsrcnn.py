"""FSRCNN's feature extraction and shrinking."""

from torch import nn


class FsrcnnEncoder(nn.Sequential):
    """5×5 convolution to `features` (d) channels, 1×1 to `shrunk` (s): `(B, channels, H, W)` to `(B, s, H, W)`.

    Dong et al., "Accelerating the Super-Resolution Convolutional Neural Network", ECCV 2016, section 3.2.

    `channels`: channels of the image.
    """

    def __init__(self, *, channels: int, features: int, shrunk: int) -> None:
        super().__init__(
            nn.Conv2d(channels, features, 5, padding=2),
            nn.PReLU(features),
            nn.Conv2d(features, shrunk, 1),
            nn.PReLU(shrunk),
        )
