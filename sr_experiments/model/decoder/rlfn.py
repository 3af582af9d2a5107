"""RLFN's body: three convolutions and a lean spatial attention, six times."""

from torch import nn

from sr_experiments.model.block.attention import EnhancedSpatialAttention
from sr_experiments.model.block.residual import Residual


class RlfnDecoder(Residual):
    """`blocks` residual local feature blocks, `(B, width, H, W)` to the same; `narrow` is the attention's width.

    Kong et al., "Residual Local Feature Network for Efficient Super-Resolution", CVPR Workshops 2022, section 3.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, blocks: int, narrow: int) -> None:
        super().__init__(*(_block(width, narrow) for _ in range(blocks)), nn.Conv2d(width, width, 3, padding=1))


def _block(width: int, narrow: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for _ in range(3):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.LeakyReLU(0.05)]
    attention = EnhancedSpatialAttention(width=width, narrow=narrow, convolutions=1)
    return nn.Sequential(Residual(*layers), nn.Conv2d(width, width, 1), attention)
