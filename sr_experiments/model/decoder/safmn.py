"""SAFMN's body: features modulated by what pooling shows of several sizes."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_max_pool2d, gelu, interpolate

from sr_experiments.model.block.residual import Residual


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of `(B, width, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (torch's name)
        return super().forward(input.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class SpatiallyAdaptiveModulation(nn.Module):
    """Parts of the channels, pooled by 1, 2, 4, …, filtered and merged, weigh `(B, width, H, W)`.

    `width`: channels of the features; `levels`: into how many parts they are divided.
    """

    def __init__(self, *, width: int, levels: int) -> None:
        super().__init__()
        part = width // levels
        self.levels = nn.ModuleList(nn.Conv2d(part, part, 3, padding=1, groups=part) for _ in range(levels))
        self.merge = nn.Conv2d(width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        size = features.shape[-2:]
        seen = []
        for index, (part, level) in enumerate(zip(features.chunk(len(self.levels), 1), self.levels, strict=True)):
            if torch.compiler.is_exporting() and index:
                seen.append(_spread(level(_pooled(part, 2**index)), size))
                continue
            pooled = adaptive_max_pool2d(part, [max(1, side // 2**index) for side in size]) if index else part
            seen.append(interpolate(level(pooled), size, mode="nearest") if index else level(pooled))
        return features * gelu(self.merge(torch.cat(seen, 1)))


def _pooled(features: Tensor, factor: int) -> Tensor:
    """Adaptive maximum pooling of sides that are left open, which ONNX has not: no step is longer than 2·factor."""
    for axis in (-2, -1):
        length = features.shape[axis]
        size = torch.sym_max(1, length // factor)
        steps = torch.arange(size, device=features.device)
        first, last = (steps * length) // size, ((steps + 1) * length - 1) // size
        places = torch.minimum(first[:, None] + torch.arange(2 * factor, device=features.device), last[:, None])
        features = features.index_select(axis, places.flatten()).unflatten(axis, (size, 2 * factor)).amax(axis)
    return features


def _spread(features: Tensor, size: Sequence[int]) -> Tensor:
    """Nearest enlargement to a size that is left open, which ONNX rounds otherwise."""
    for axis, length in zip((-2, -1), size, strict=True):
        places = torch.arange(length, device=features.device, dtype=torch.float32)
        share = torch.full_like(places, features.shape[axis]) / torch.full_like(places, length)
        features = features.index_select(axis, (places * share).long())
    return features


class SafmnDecoder(Residual):
    """`blocks` blocks of modulation and convolutional mixing in a long skip, `(B, width, H, W)` to the same.

    Sun et al., "Spatially-Adaptive Feature Modulation for Efficient Image Super-Resolution", ICCV 2023, section 3.
    `width` is a multiple of 4; `expansion` is how many times wider the mixing is inside.
    """

    def __init__(self, *, width: int, blocks: int, expansion: float) -> None:
        super().__init__(*(_block(width, int(width * expansion)) for _ in range(blocks)))


def _block(width: int, wide: int) -> nn.Sequential:
    return nn.Sequential(
        Residual(ChannelNorm(width, eps=1e-6), SpatiallyAdaptiveModulation(width=width, levels=4)),
        Residual(
            ChannelNorm(width, eps=1e-6), nn.Conv2d(width, wide, 3, padding=1), nn.GELU(), nn.Conv2d(wide, width, 1)
        ),
    )
