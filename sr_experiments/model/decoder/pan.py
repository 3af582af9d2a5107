"""PAN's body: self-calibrated blocks with pixel attention."""

import torch
from torch import Tensor, nn

from sr_experiments.model.block.residual import Residual


class SelfCalibratedBlock(nn.Module):
    """Two halves of `(B, width, H, W)`, one plain and one with pixel attention, joined and added to the input.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__()
        half = width // 2
        self.enter = nn.ModuleList(nn.Conv2d(width, half, 1, bias=False) for _ in range(2))
        self.plain = nn.Conv2d(half, half, 3, padding=1, bias=False)
        self.gate = nn.Sequential(nn.Conv2d(half, half, 1), nn.Sigmoid())
        self.gated = nn.Conv2d(half, half, 3, padding=1, bias=False)
        self.after = nn.Conv2d(half, half, 3, padding=1, bias=False)
        self.merge = nn.Conv2d(2 * half, width, 1, bias=False)
        self.activation = nn.LeakyReLU(0.2)

    def forward(self, features: Tensor) -> Tensor:
        plain, attended = (self.activation(enter(features)) for enter in self.enter)
        plain = self.activation(self.plain(plain))
        attended = self.activation(self.after(self.gated(attended) * self.gate(attended)))
        return features + self.merge(torch.cat([plain, attended], 1))


class PanDecoder(Residual):
    """`blocks` self-calibrated blocks and a convolution in a long skip, `(B, width, H, W)` to the same, `width` even.

    Zhao et al., "Efficient Image Super-Resolution Using Pixel Attention", ECCV Workshops 2020, section 3.3 (SC-PA).
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        super().__init__(
            *(SelfCalibratedBlock(width=width) for _ in range(blocks)), nn.Conv2d(width, width, 3, padding=1)
        )
