"""ESPCN's first layer."""

from torch import nn

from sr_experiments.model.block.gain import initialise


class EspcnEncoder(nn.Sequential):
    """5×5 convolution and tanh, `(B, channels, H, W)` to `(B, features, H, W)`.

    Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural
    Network", CVPR 2016, section 3.1 (f1 = 5, n1 = 64). `gain`: of the initial weights, see `initialise`.

    `channels`: channels of the image.
    """

    def __init__(self, *, channels: int, features: int, gain: float) -> None:
        super().__init__(initialise(nn.Conv2d(channels, features, 5, padding=2), gain), nn.Tanh())
