"""Self-attention inside windows, and the transformer block around it."""

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from sr_experiments.model.block.stochastic_depth import StochasticDepth


def attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Scaled dot-product attention, written out where it is exported: torch's own needs strides that are known."""
    if torch.compiler.is_exporting():
        return (query * query.shape[-1] ** -0.5 @ key.mT + bias).softmax(-1) @ value
    return scaled_dot_product_attention(query, key, value, attn_mask=bias)


def split(features: Tensor, window: int) -> Tensor:
    """`(B, H, W, C)` in windows, `(B·n, window², C)`; the sides are multiples of `window`."""
    batch, height, width, channels = features.shape
    parts = features.view(batch, height // window, window, width // window, window, channels)
    return parts.transpose(2, 3).clone(memory_format=torch.contiguous_format).view(-1, window**2, channels)


def join(windows: Tensor, window: int, height: int, width: int) -> Tensor:
    """The inverse of `split`: `(B, height, width, C)`."""
    parts = windows.view(-1, height // window, width // window, window, window, windows.shape[-1])
    return parts.transpose(2, 3).clone(memory_format=torch.contiguous_format).view(-1, height, width, windows.shape[-1])


class WindowAttention(nn.Module):
    """Multi-head self-attention of the `window`² places of a window, with a learnt bias for each relative place.

    Liu et al., "Swin Transformer", ICCV 2021, equation 4. `shift` moves the windows: places that are no neighbours in
    the image do not see each other.

    `width`: channels of the features; `heads`: attention heads.
    """

    def __init__(self, *, width: int, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.position_bias = nn.Parameter(nn.init.trunc_normal_(torch.empty((2 * window - 1) ** 2, heads), std=0.02))
        self.query_key_value = nn.Linear(width, 3 * width)
        self.leave = nn.Linear(width, width)

    def forward(self, features: Tensor) -> Tensor:
        batch, height, width, _ = features.shape
        features = features.roll((-self.shift, -self.shift), (1, 2)) if self.shift else features
        windows = split(self.query_key_value(features), self.window)
        query, key, value = windows.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        bias = self._bias(query, height, width)
        if self.shift and batch > 1:  # one bias for all images: windows and heads side by side, as if all were heads
            query, key, value = (part.unflatten(0, (batch, -1)).flatten(1, 2) for part in (query, key, value))
            bias = bias.flatten(0, 1)[None]
        attended = attend(query, key, value, bias).view(-1, self.heads, *query.shape[-2:])
        attended = join(self.leave(attended.transpose(1, 2).flatten(2)), self.window, height, width)
        return attended.roll((self.shift, self.shift), (1, 2)) if self.shift else attended

    def _bias(self, query: Tensor, height: int, width: int) -> Tensor:
        """What is added to the logits of an image's windows: `(1 or n, heads, window², window²)`."""
        places = relative_places(self.window, query.device)
        bias = self.position_bias[places].permute(2, 0, 1)[None].to(query.dtype)
        if not self.shift:
            return bias
        hidden = strangers if torch.compiler.is_compiling() else _known_strangers
        return bias + hidden(height, width, self.window, self.shift, query.device, query.dtype)[:, None]


def strangers(height: int, width: int, window: int, shift: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """-100 where two places of a window of the shifted image are no neighbours in the image, else 0: `(n, w², w²)`."""
    rows, columns = (
        (place >= side - window).int() + (place >= side - shift).int()
        for side, place in ((side, torch.arange(side, device=device)) for side in (height, width))
    )
    regions = split((3 * rows[:, None] + columns)[None, ..., None], window)[..., 0]
    return (regions[:, :, None] != regions[:, None, :]).to(dtype) * -100


@lru_cache(maxsize=2)  # all blocks of a network see images of one size
@torch.inference_mode(False)
def _known_strangers(*arguments: Any) -> Tensor:
    return strangers(*arguments)


def relative_places(window: int, device: torch.device) -> Tensor:
    """The row of the bias table that belongs to each query and key of a window: `(window², window²)`."""
    place = torch.arange(window, device=device)
    rows, columns = (part.flatten() for part in torch.meshgrid(place, place, indexing="ij"))
    down, right = (part[:, None] - part[None, :] + window - 1 for part in (rows, columns))
    return down * (2 * window - 1) + right


class Mlp(nn.Sequential):
    """Two linear layers with GELU between on `(..., width)`, `ratio` times wider inside.

    `width`: channels of the features.
    """

    def __init__(self, *, width: int, ratio: float) -> None:
        wide = int(width * ratio)
        super().__init__(nn.Linear(width, wide), nn.GELU(), nn.Linear(wide, width))


class TransformerBlock(nn.Module):
    """Window attention, then an MLP, each normalised before and added to `(B, H, W, width)` (Swin, equation 3).

    `width`: channels of the features; `heads`: attention heads; `window`: side of a window in pixels, `shift`:
    how far windows are moved; `ratio`: how many times wider the MLP is inside; `drop`: the rate of stochastic depth.
    """

    def __init__(self, *, width: int, heads: int, window: int, shift: int, ratio: float, drop: float) -> None:
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = WindowAttention(width=width, heads=heads, window=window, shift=shift)
        self.mlp = Mlp(width=width, ratio=ratio)
        self.drop = StochasticDepth(rate=drop)

    def forward(self, features: Tensor) -> Tensor:
        features = features + self.drop(self.attention(self.attention_norm(features)))
        return features + self.drop(self.mlp(self.mlp_norm(features)))
