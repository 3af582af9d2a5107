"""RCAN's body: residual blocks with channel attention, in residual groups."""

from torch import nn

from sr_experiments.model.block.attention import ChannelAttention
from sr_experiments.model.block.residual import Residual


class RcanDecoder(Residual):
    """`groups` residual groups of `blocks` blocks, `(B, width, H, W)` to the same; `reduction` narrows the attention.

    Zhang et al., "Image Super-Resolution Using Very Deep Residual Channel Attention Networks", ECCV 2018, section 3.

    `width`: channels of the features; `checkpointing`: compute activations again for the backward pass, group by group,
    with less memory and more time.
    """

    def __init__(self, *, width: int, groups: int, blocks: int, reduction: int, checkpointing: bool = False) -> None:
        super().__init__(
            *(_group(width, blocks, reduction) for _ in range(groups)),
            nn.Conv2d(width, width, 3, padding=1),
            checkpointing=checkpointing,
        )


def _group(width: int, blocks: int, reduction: int) -> Residual:
    layers = (
        Residual(
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            ChannelAttention(width=width, reduction=reduction),
        )
        for _ in range(blocks)
    )
    return Residual(*layers, nn.Conv2d(width, width, 3, padding=1))
