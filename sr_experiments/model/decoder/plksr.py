"""PLKSR's body: large kernels for a part of the channels, and an attention for each element."""

import torch
from torch import Tensor, nn

from sr_experiments.model.block.residual import Residual


class PartialConvolution(nn.Conv2d):
    """A convolution of `kernel_size` for the first `share` of the channels; the others pass.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, share: float, kernel_size: int) -> None:
        part = int(width * share)
        super().__init__(part, part, kernel_size, padding=kernel_size // 2)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        part, rest = input.split((self.in_channels, input.shape[1] - self.in_channels), 1)
        return torch.cat([super().forward(part), rest], 1)


class ElementAttention(nn.Sequential):
    """x · σ(conv(x)) on `(B, width, H, W)`.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int) -> None:
        super().__init__(nn.Conv2d(width, width, 3, padding=1), nn.Sigmoid())

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        return input * super().forward(input)


class PlksrDecoder(nn.Sequential):
    """`blocks` partial-large-kernel blocks, `(B, width, H, W)` to the same.

    Lee et al., "Partial Large Kernel CNNs for Efficient Super-Resolution", 2024, section 3. Every last convolution of a
    step begins from a truncated normal distribution of 0.02.

    `width`: channels of the features; `kernel_size`: side of the large kernel, which sees this `share` of them.
    """

    def __init__(self, *, width: int, blocks: int, kernel_size: int, share: float) -> None:
        super().__init__(*(_block(width, kernel_size, share) for _ in range(blocks)))


def _block(width: int, kernel_size: int, share: float) -> Residual:
    mixer = nn.Conv2d(2 * width, width, 3, padding=1)
    partial = PartialConvolution(width=width, share=share, kernel_size=kernel_size)
    attention = ElementAttention(width=width)
    refine = nn.Conv2d(width, width, 1)
    for layer in (mixer, partial, attention[0], refine):
        nn.init.trunc_normal_(layer.weight, std=0.02)  # pyright: ignore[reportArgumentType]
    return Residual(nn.Conv2d(width, 2 * width, 3, padding=1), nn.GELU(), mixer, partial, attention, refine)
