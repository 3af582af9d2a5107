"""The resize-convolution head: enlarge, then convolve; free of checkerboards."""

from torch import nn


class ResizeConvolutionHead(nn.Sequential):
    """Nearest enlargement, 3×3 convolution, ReLU, 3×3 convolution: `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Odena et al., "Deconvolution and Checkerboard Artifacts", Distill 2016. Any whole scale.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, channels: int, scale: int) -> None:
        if scale != int(scale) or scale < 1:
            raise ValueError(f"the resize_conv head makes whole scales, not scale={scale}")
        super().__init__(
            nn.Upsample(scale_factor=scale, mode="nearest"),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1),
        )
