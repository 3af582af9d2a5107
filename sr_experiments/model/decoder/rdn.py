"""RDN's body: residual dense blocks whose outputs are fused."""

import torch
from torch import Tensor, nn

from sr_experiments.model.block.checkpointing import recomputed
from sr_experiments.model.block.dense import ResidualDenseBlock


class RdnDecoder(nn.Module):
    """`blocks` (D) residual dense blocks of `layers` (C) convolutions and `growth` (G), `(B, width, H, W)` to the same.

    Zhang et al., "Residual Dense Network for Image Super-Resolution", CVPR 2018, section 3; `width` is the paper's G0.
    `checkpointing`: compute activations again for the backward pass, with less memory and more time.
    """

    def __init__(self, *, width: int, blocks: int, layers: int, growth: int, checkpointing: bool = False) -> None:
        super().__init__()
        self.checkpointing = checkpointing
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.blocks = nn.ModuleList(
            ResidualDenseBlock(width=width, growth=growth, layers=layers, fusion_size=1, slope=0.0, scale=1.0)
            for _ in range(blocks)
        )
        self.fusion = nn.Sequential(nn.Conv2d(blocks * width, width, 1), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, features: Tensor) -> Tensor:
        outputs = [self.first(features)]
        for block in self.blocks:
            again = self.checkpointing and self.training
            outputs.append(recomputed(block, outputs[-1]) if again else block(outputs[-1]))
        return features + self.fusion(torch.cat(outputs[1:], 1))
