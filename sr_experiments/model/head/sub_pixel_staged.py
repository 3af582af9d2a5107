"""EDSR's upsampler: sub-pixel convolutions on the features, one per factor of the scale, then a convolution."""

from torch import Tensor, nn

from sr_experiments.model.block.icnr import icnr as initialise
from sr_experiments.model.block.stages import stages

ACTIVATIONS = {"none": nn.Identity, "relu": nn.ReLU, "prelu": nn.PReLU}


class StagedSubPixelHead(nn.Module):
    """`(B, width, H, W)` to `(B, channels, s·H, s·W)` in stages of ×2, or one of ×3; scales 2, 3, 4, 8.

    Lim et al., CVPR Workshops 2017, figure 3. Of other networks it takes an `activation` (none, relu, prelu) in each
    stage, `convolution_groups`, and the `kernel_size` of the last convolution (CARN, CARN-M, SRResNet). `icnr` begins
    without a checkerboard.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    def __init__(
        self,
        *,
        width: int,
        channels: int,
        scale: int,
        activation: str,
        convolution_groups: int,
        kernel_size: int,
        icnr: bool,
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        layers: list[nn.Module] = []
        for factor in stages(scale, "sub_pixel_staged"):
            convolution = nn.Conv2d(width, width * factor**2, 3, padding=1, groups=convolution_groups)
            layers += [initialise(convolution, factor) if icnr else convolution, ACTIVATIONS[activation]()]
            layers += [nn.PixelShuffle(factor)]
        self.stages = nn.Sequential(*layers)
        self.last = nn.Conv2d(width, channels, kernel_size, padding=kernel_size // 2)

    def forward(self, features: Tensor) -> Tensor:
        return self.last(self.stages(features))
