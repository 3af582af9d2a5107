"""SESR's upsampler: the sub-pixel head with a linear block."""

from torch import nn

from sr_experiments.model.block.linear_block import LinearBlock


class LinearSubPixelHead(nn.Sequential):
    """5×5 linear block to s²·channels and pixel shuffle, `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Bhardwaj et al., MLSys 2022, figure 2. Any whole scale.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is;
    `expansion`: channels inside the block while it learns. A ValueError where the scale is not whole.
    """

    def __init__(self, *, width: int, channels: int, scale: int, expansion: int | None) -> None:
        if scale != int(scale) or scale < 1:
            raise ValueError(f"the sub_pixel_linear head makes whole scales, not scale={scale}")
        block = LinearBlock(in_channels=width, out_channels=channels * scale**2, size=5, expansion=expansion)
        super().__init__(block, nn.PixelShuffle(scale))
