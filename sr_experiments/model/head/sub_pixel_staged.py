"""EDSR's upsampler: sub-pixel convolutions on the features, one per factor of the scale, then a convolution."""

from torch import nn

STAGES = {2: (2,), 3: (3,), 4: (2, 2), 8: (2, 2, 2)}


class StagedSubPixelHead(nn.Sequential):
    """`(B, width, H, W)` to `(B, channels, s·H, s·W)` in stages of ×2, or one of ×3; scales 2, 3, 4, 8.

    Lim et al., CVPR Workshops 2017, figure 3.
    """

    def __init__(self, *, width: int, channels: int, scale: int) -> None:
        if scale not in STAGES:
            raise ValueError(f"the sub_pixel_staged head makes scales {', '.join(map(str, STAGES))}, not {scale}")
        layers: list[nn.Module] = []
        for factor in STAGES[scale]:
            layers += [nn.Conv2d(width, width * factor**2, 3, padding=1), nn.PixelShuffle(factor)]
        super().__init__(*layers, nn.Conv2d(width, channels, 3, padding=1))
