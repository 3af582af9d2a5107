"""Blocks whose outputs are all put together at the end."""

import torch
from torch import Tensor, nn


class Aggregation(nn.Module):
    """Blocks in a row on `(B, width, H, W)`; a 1×1 convolution merges all their outputs, a 3×3 one adds to the input.

    The frame of IMDN (Hui et al., 2019, figure 2) and RFDN.

    `width`: channels of the features; `blocks`: modules that keep them, one after the other.
    """

    def __init__(self, *, width: int, blocks: list[nn.Module]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.merge = nn.Sequential(nn.Conv2d(width * len(blocks), width, 1), nn.LeakyReLU(0.05))
        self.last = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        outputs = [features]
        for block in self.blocks:
            outputs.append(block(outputs[-1]))
        return features + self.last(self.merge(torch.cat(outputs[1:], 1)))
