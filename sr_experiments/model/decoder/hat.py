"""HAT's body: window attention beside channel attention, and attention across the borders of windows."""

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from sr_experiments.model.block.attention import ChannelAttention
from sr_experiments.model.block.stochastic_depth import StochasticDepth, rates
from sr_experiments.model.block.transformer_group import TransformerBody, TransformerGroup
from sr_experiments.model.block.window_attention import Mlp, WindowAttention, attend, join, split

CONVOLUTION_SHARE = 0.01
OVERLAP = 0.5


class HybridBlock(nn.Module):
    """Window attention and, weighed by 0.01, convolutions with channel attention, then an MLP (section 3.2).

    Arguments as of a `TransformerBlock`; the convolutions have `width // compress` channels, their attention again
    `squeeze` times fewer.
    """

    def __init__(
        self,
        *,
        width: int,
        heads: int,
        window: int,
        shift: int,
        ratio: float,
        compress: int,
        squeeze: int,
        drop: float,
    ) -> None:
        super().__init__()
        narrow = width // compress
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = WindowAttention(width=width, heads=heads, window=window, shift=shift)
        self.convolutions = nn.Sequential(
            nn.Conv2d(width, narrow, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(narrow, width, 3, padding=1),
            ChannelAttention(width=width, reduction=squeeze),
        )
        self.mlp = Mlp(width=width, ratio=ratio)
        self.drop = StochasticDepth(rate=drop)

    def forward(self, features: Tensor) -> Tensor:
        normal = self.attention_norm(features)
        convolved = self.convolutions(normal.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        features = features + self.drop(self.attention(normal)) + CONVOLUTION_SHARE * convolved
        return features + self.drop(self.mlp(self.mlp_norm(features)))


class OverlappingAttentionBlock(nn.Module):
    """Each window asks a half larger one around it, then an MLP; `(B, H, W, width)` to the same (section 3.3).

    `width`: channels of the features; `heads`: attention heads; `window`: side of a window in pixels; `ratio`: how many
    times wider the MLP is inside.
    """

    def __init__(self, *, width: int, heads: int, window: int, ratio: float) -> None:
        super().__init__()
        self.heads, self.window, self.around = heads, window, window + int(window * OVERLAP)
        table = torch.empty((self.window + self.around - 1) ** 2, heads)
        self.position_bias = nn.Parameter(nn.init.trunc_normal_(table, std=0.02))
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.leave = nn.Linear(width, width)
        self.mlp = Mlp(width=width, ratio=ratio)

    def forward(self, features: Tensor) -> Tensor:
        _, height, width, _ = features.shape
        query, key, value = self.query_key_value(self.attention_norm(features)).chunk(3, -1)
        bias = self.position_bias[self._places(features.device)].permute(2, 0, 1)[None].to(query.dtype)
        attended = attend(
            self._by_head(split(query, self.window)),
            self._by_head(self._surroundings(key)),
            self._by_head(self._surroundings(value)),
            bias,
        )
        windows = self.leave(attended.transpose(1, 2).flatten(2))
        features = features + join(windows, self.window, height, width)
        return features + self.mlp(self.mlp_norm(features))

    def _by_head(self, windows: Tensor) -> Tensor:
        return windows.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _surroundings(self, features: Tensor) -> Tensor:
        """`(B, H, W, C)` in overlapping windows, `(B·n, around², C)`; beyond the image lie zeros."""
        channels, margin = features.shape[-1], (self.around - self.window) // 2
        parts = unfold(features.permute(0, 3, 1, 2), self.around, stride=self.window, padding=margin)
        return parts.unflatten(1, (channels, -1)).permute(0, 3, 2, 1).flatten(0, 1)

    def _places(self, device: torch.device) -> Tensor:
        """The row of the bias table that belongs to each query and key, counted as the authors' code does."""
        side, offset = self.window + self.around - 1, self.window - self.around + 1
        down = torch.arange(self.around, device=device) - torch.arange(self.window, device=device)[:, None] + offset
        rows = side * down[:, None, :, None] + down[None, :, None, :]
        return (rows % side**2).reshape(self.window**2, self.around**2)


class HatDecoder(TransformerBody):
    """`groups` groups of `blocks` hybrid blocks and an overlapping attention, on what the windowed encoder made.

    Chen et al., "Activating More Pixels in Image Super-Resolution Transformer", CVPR 2023, section 3. `compress` and
    `squeeze` narrow the convolutions and their attention. The rate of stochastic depth rises from 0 in the first hybrid
    block to `stochastic_depth` in the last, as in its authors' code.

    `width`: channels of the features; `heads`: attention heads; `window`: side of a window in pixels; `ratio`: how many
    times wider MLPs are inside; `checkpointing`: compute activations again for the backward pass, block by block, with
    less memory and more time.
    """

    def __init__(
        self,
        *,
        width: int,
        groups: int,
        blocks: int,
        heads: int,
        window: int,
        ratio: float,
        compress: int,
        squeeze: int,
        stochastic_depth: float,
        checkpointing: bool = False,
    ) -> None:
        attention = {"width": width, "heads": heads, "window": window, "ratio": ratio}
        narrow = {"compress": compress, "squeeze": squeeze}
        drops = iter(rates(stochastic_depth, groups * blocks))

        def group() -> TransformerGroup:
            shifts = (window // 2 * (index % 2) for index in range(blocks))
            hybrid = [HybridBlock(**attention, **narrow, shift=shift, drop=next(drops)) for shift in shifts]
            parts = [*hybrid, OverlappingAttentionBlock(**attention)]
            return TransformerGroup(width=width, blocks=parts, checkpointing=checkpointing)

        super().__init__(width=width, groups=[group() for _ in range(groups)])
