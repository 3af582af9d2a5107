"""LIIF: a head for any scale, which says what color the image has at a place."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sr_experiments.resize import high_size

PIXELS = 2**13  # of the output that are made at once where no gradient is needed


class LiifHead(nn.Module):
    """Local implicit image function, `(B, width, h, w)` to `(B, channels, H, W)` at any scale, whole or not.

    Chen et al., "Learning Continuous Image Representation with Local Implicit Image Function", CVPR 2021: an output
    pixel is the mean, weighted by area (equation 4), of what a perceptron of `layers` hidden layers of `hidden`
    channels makes for each of its four neighbours of the 3×3 features around that neighbour (equation 3), the place
    relative to it and the size of an output pixel (equation 5), both in halves of a low-resolution pixel. The
    perceptron's first layer stands here as a convolution of the features, which is made once for all places, and a
    matrix for place and size: the same function at a fraction of the cost.

    `width`: channels of the features; `channels`: channels of the image; `scale`: how many times larger the result is.
    """

    any_scale = True

    def __init__(self, *, width: int, channels: int, scale: float, hidden: int, layers: int) -> None:
        super().__init__()
        if scale <= 0 or layers < 1:
            raise ValueError(f"the liif head takes a positive scale and at least a layer, got {scale} and {layers}")
        self.scale = scale
        self.unfolded = nn.Conv2d(width, hidden, 3, padding=1)
        self.place = nn.Conv2d(4, hidden, 1, bias=False)
        inner = [layer for _ in range(layers - 1) for layer in (nn.Conv2d(hidden, hidden, 1), nn.ReLU())]
        self.layers = nn.Sequential(nn.ReLU(), *inner, nn.Conv2d(hidden, channels, 1))

    def forward(self, features: Tensor, size: Sequence[int] | None = None) -> Tensor:
        """`size`: the (height, width) to make; by itself `scale` times that of the features, rounded."""
        low = features.shape[-2:]
        high = size or high_size(low, self.scale)
        rows, columns = (_neighbours(*sides, features) for sides in zip(low, high, strict=True))
        whole = torch.is_grad_enabled() or torch.compiler.is_compiling()
        step = high[0] if whole else max(PIXELS // high[1], 1)
        known = self.unfolded(features)
        bands = zip(*(part.split(step, -1) for part in rows), strict=True)
        return torch.cat([self._band(known, _Neighbours(*band), columns) for band in bands], -2)

    def _band(self, known: Tensor, rows: "_Neighbours", columns: "_Neighbours") -> Tensor:
        """Some rows of the output."""
        total = torch.zeros((), device=known.device)
        for row in zip(*rows, strict=True):
            for column in zip(*columns, strict=True):
                values = known.index_select(-2, row[0]).index_select(-1, column[0])
                place = torch.broadcast_tensors(row[1][:, None], column[1], row[2][:, None], column[2])
                values = self.layers(values + self.place(torch.stack(place)[None].to(known.dtype)))
                total = total + values * (row[3][:, None] * column[3])
        return total.to(known.dtype)


class _Neighbours(NamedTuple):
    """The two neighbours of each output pixel along one side, `(2, size)` each."""

    indices: Tensor
    offsets: Tensor  # of the pixel from the neighbour, in halves of a low-resolution pixel
    sides: Tensor  # of the output pixel, in the same
    shares: Tensor  # the nearer, the more


def _neighbours(low: int, high: int, features: Tensor) -> _Neighbours:
    places = (2 * torch.arange(high, device=features.device) + 1) * low - high  # from the first pixel, in 1 / 2·high
    before = torch.div(places, 2 * high, rounding_mode="floor")
    indices = torch.stack([before, before + 1]).clamp(0, low - 1)
    offsets = places / high - 2 * indices
    areas = offsets.flip(0).abs() + 1e-9  # for each side, or a pixel on a border's center line would lose the other
    return _Neighbours(indices, offsets, torch.full_like(offsets, 2 * low / high), areas / areas.sum(0))
