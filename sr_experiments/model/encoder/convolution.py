"""One convolution: the shallow feature extraction of EDSR and of most networks after it."""

from torch import nn


class ConvolutionEncoder(nn.Conv2d):
    """3×3 convolution, `(B, channels, H, W)` to `(B, width, H, W)`.

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__(channels, width, 3, padding=1)
