"""The upsampler of the classical transformers: narrower first, then EDSR's."""

from torch import nn

from sr_experiments.model.head.sub_pixel_staged import StagedSubPixelHead


class ReducedSubPixelHead(nn.Sequential):
    """3×3 convolution to `features` channels and leaky ReLU, then the staged sub-pixel head.

    `(B, width, H, W)` to `(B, channels, s·H, s·W)`; scales 2, 3, 4, 8. Liang et al., "SwinIR", ICCV Workshops 2021,
    section 3.1, as its authors' code has it.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, features: int, channels: int, scale: int) -> None:
        super().__init__(
            nn.Conv2d(width, features, 3, padding=1),
            nn.LeakyReLU(0.01),
            StagedSubPixelHead(
                width=features,
                channels=channels,
                scale=scale,
                activation="none",
                convolution_groups=1,
                kernel_size=3,
                icnr=False,
            ),
        )
