"""SRResNet's body: residual blocks with batch normalisation."""

from torch import nn

from sr_experiments.model.block.residual import Residual


class SrresnetDecoder(Residual):
    """`blocks` residual blocks and a normalised convolution inside one long skip, `(B, width, H, W)` to the same.

    Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", CVPR 2017,
    figure 4.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        super().__init__(
            *(Residual(*_normalised(width), nn.PReLU(), *_normalised(width)) for _ in range(blocks)),
            *_normalised(width),
        )


def _normalised(width: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
