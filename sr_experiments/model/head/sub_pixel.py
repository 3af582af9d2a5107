"""The sub-pixel head: a convolution that makes every sub-pixel, then a shuffle that puts them in place."""

from torch import nn

from sr_experiments.model.block.icnr import icnr as initialise


class SubPixelHead(nn.Sequential):
    """3×3 convolution to s²·channels and pixel shuffle, `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Shi et al., CVPR 2016, equation 4; what light networks end in ("pixelshuffledirect"). Any whole scale. `icnr`
    begins without a checkerboard.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, channels: int, scale: int, icnr: bool) -> None:
        if scale != int(scale) or scale < 1:
            raise ValueError(f"the sub_pixel head makes whole scales, not scale={scale}")
        super().__init__(nn.Conv2d(width, channels * scale**2, 3, padding=1), nn.PixelShuffle(scale))
        if icnr:
            initialise(self[0], scale)  # pyright: ignore[reportArgumentType]
