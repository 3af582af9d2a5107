"""Self-attention inside windows, and the transformer block around it."""

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
        height, width = features.shape[1:3]
        features = features.roll((-self.shift, -self.shift), (1, 2)) if self.shift else features
        windows = split(self.query_key_value(features), self.window)
        query, key, value = windows.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = attend(query, key, value, self._bias(query, height, width))
        attended = join(self.leave(attended.transpose(1, 2).flatten(2)), self.window, height, width)
        return attended.roll((self.shift, self.shift), (1, 2)) if self.shift else attended

    def _bias(self, query: Tensor, height: int, width: int) -> Tensor:
        """What is added to the logits: `(1 or B·n, heads, window², window²)`."""
        places = relative_places(self.window, query.device)
        bias = self.position_bias[places].permute(2, 0, 1)[None].to(query.dtype)
        if not self.shift:
            return bias
        regions = split(self._regions(height, width, query.device), self.window)[..., 0]
        strangers = (regions[:, :, None] != regions[:, None, :]).to(query.dtype) * -100
        return bias + strangers.repeat(query.shape[0] // strangers.shape[0], 1, 1)[:, None]

    def _regions(self, height: int, width: int, device: torch.device) -> Tensor:
        """Which places of the shifted image are neighbours in the image: a number for each region, `(1, H, W, 1)`."""
        rows, columns = (
            (place >= side - self.window).int() + (place >= side - self.shift).int()
            for side, place in ((side, torch.arange(side, device=device)) for side in (height, width))
        )
        return (3 * rows[:, None] + columns)[None, ..., None]


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
