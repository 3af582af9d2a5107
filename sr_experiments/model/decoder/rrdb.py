"""ESRGAN's body: dense blocks in residual connections in residual connections."""

import torch
from torch import nn

from sr_experiments.model.block.dense import ResidualDenseBlock
from sr_experiments.model.block.residual import Residual


class RrdbDecoder(Residual):
    """`blocks` residual-in-residual dense blocks and a convolution in a long skip, `(B, width, H, W)` to the same.

    Wang et al., "ESRGAN: Enhanced Super-Resolution Generative Adversarial Networks", ECCV Workshops 2018, section 3.1.
    The dense convolutions begin at a tenth of He's initialisation (section 4.1).

    `width`: channels of the features; `growth`: those that a dense convolution adds; `checkpointing`: compute
    activations again for the backward pass, with less memory and more time.
    """

    def __init__(self, *, width: int, blocks: int, growth: int, checkpointing: bool = False) -> None:
        super().__init__(
            *(Residual(*(_dense(width, growth) for _ in range(3)), scale=0.2) for _ in range(blocks)),
            nn.Conv2d(width, width, 3, padding=1),
            checkpointing=checkpointing,
        )


def _dense(width: int, growth: int) -> ResidualDenseBlock:
    block = ResidualDenseBlock(width=width, growth=growth, layers=4, fusion_size=3, slope=0.2, scale=0.2)
    for module in block.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)  # pyright: ignore[reportArgumentType]
            with torch.no_grad():
                module.weight *= 0.1
    return block
