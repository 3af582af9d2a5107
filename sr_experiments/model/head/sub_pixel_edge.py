"""ECBSR's upsampler: the sub-pixel head with an edge-oriented convolution."""

from torch import nn

from sr_experiments.model.block.edge_convolution import EdgeConvolution


class EdgeSubPixelHead(nn.Sequential):
    """Edge-oriented convolution to s²·channels and pixel shuffle, `(B, width, H, W)` to `(B, channels, s·H, s·W)`.

    Zhang et al., ACM MM 2021, figure 2. Any whole scale.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, channels: int, scale: int) -> None:
        if scale != int(scale) or scale < 1:
            raise ValueError(f"the sub_pixel_edge head makes whole scales, not scale={scale}")
        super().__init__(EdgeConvolution(in_channels=width, out_channels=channels * scale**2), nn.PixelShuffle(scale))
