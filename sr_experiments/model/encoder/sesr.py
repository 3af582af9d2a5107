"""SESR's first layer."""

from torch import Tensor, nn

from sr_experiments.model.block.linear_block import LinearBlock


class SesrEncoder(nn.Module):
    """5×5 linear block of the image minus 0.5, `(B, channels, H, W)` to `(B, width, H, W)` (Bhardwaj et al., 2022).

    `channels`: channels of the image; `width`: channels of the features; `expansion`: those inside the
    block while it learns.
    """

    def __init__(self, *, channels: int, width: int, expansion: int | None) -> None:
        super().__init__()
        self.block = LinearBlock(in_channels=channels, out_channels=width, size=5, expansion=expansion)

    def forward(self, low: Tensor) -> Tensor:
        return self.block(low - 0.5)
