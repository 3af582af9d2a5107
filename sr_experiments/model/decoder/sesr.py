"""SESR's body."""

from torch import Tensor, nn

from sr_experiments.model.block.linear_block import LinearBlock


class SesrDecoder(nn.Sequential):
    """`blocks` (m) 3×3 linear blocks and PReLUs under a long residual, `(B, width, H, W)` to the same; `width` is f.

    Bhardwaj et al., "Collapsible Linear Blocks for Super-Efficient Super Resolution", MLSys 2022, figure 2.

    `expansion`: channels inside a linear block while it learns.
    """

    def __init__(self, *, width: int, blocks: int, expansion: int | None) -> None:
        layers: list[nn.Module] = []
        for _ in range(blocks):
            layers += [LinearBlock(in_channels=width, out_channels=width, size=3, expansion=expansion), nn.PReLU(width)]
        super().__init__(*layers)

    def forward(self, features: Tensor) -> Tensor:
        return features + super().forward(features)
