"""PAN's upsampler: nearest enlargement, then convolutions with pixel attention between."""

from torch import Tensor, nn

from sr_experiments.model.block.attention import PixelAttention
from sr_experiments.model.block.stages import stages


class PixelAttentionHead(nn.Module):
    """`(B, width, H, W)` to `(B, channels, s·H, s·W)` in stages of ×2, or one of ×3, on `features` channels.

    Zhao et al., ECCV Workshops 2020, section 3.3 (U-PA). Scales 2, 3, 4, 8.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, features: int, channels: int, scale: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for factor in stages(scale, "pixel_attention"):
            layers += [nn.Upsample(scale_factor=factor, mode="nearest"), nn.Conv2d(width, features, 3, padding=1)]
            layers += [PixelAttention(width=features), nn.LeakyReLU(0.2)]
            layers += [nn.Conv2d(features, features, 3, padding=1), nn.LeakyReLU(0.2)]
            width = features
        self.stages = nn.Sequential(*layers)
        self.last = nn.Conv2d(features, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.last(self.stages(features))
