"""ESRGAN's upsampler: nearest enlargement and a convolution, one per factor of the scale, then two convolutions."""

from torch import Tensor, nn

from sr_experiments.model.block.stages import stages


class StagedResizeConvolutionHead(nn.Module):
    """`(B, width, H, W)` to `(B, channels, s·H, s·W)` in stages of ×2, or one of ×3; scales 2, 3, 4, 8.

    Wang et al., "ESRGAN", ECCV Workshops 2018, as its authors' code has it.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(self, *, width: int, channels: int, scale: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for factor in stages(scale, "resize_conv_staged"):
            layers += [nn.Upsample(scale_factor=factor, mode="nearest")]
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.2)]
        self.stages = nn.Sequential(*layers, nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.2))
        self.last = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        return self.last(self.stages(features))
