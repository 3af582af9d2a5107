"""Large images, piece by piece."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sr_experiments.model.receptive_field import reach

BLOCK = 16


class Tiles:
    """Enlarges `(B, C, H, W)` in tiles of `tile` low-resolution pixels a side, with a margin around each.

    The margin is what the network's receptive field asks for, where that is known and finite: the result is then the
    untiled one. Otherwise `blended` is true: the margin is a quarter tile, the inner half of it fades into the next
    tile. Tiles and margins are multiples of 16, so that networks that work in blocks (strides, windows) find theirs
    where the whole image has them.
    """

    def __init__(self, network: Callable[[Tensor], Tensor], *, tile: int, channels: int) -> None:
        if not isinstance(tile, int) or tile < BLOCK or tile % BLOCK:
            raise ValueError(f"tile: expected a multiple of {BLOCK} low-resolution pixels, got {tile!r}")
        self.network, self.tile = network, tile
        field = _field(network, channels)
        self.blended = field is None
        radius = tile // 4 if field is None else field // 2
        self.margin = -(-radius // BLOCK) * BLOCK

    def __call__(self, low: Tensor) -> Tensor:
        height, width = low.shape[-2:]
        total = weights = torch.zeros(())
        for top in range(0, height, self.tile):
            for left in range(0, width, self.tile):
                rows, columns = self._span(top, height), self._span(left, width)
                high = self.network(low[..., rows, columns])
                scale = _scale(high.shape[-1], columns.stop - columns.start)
                if not weights.dim():
                    total = high.new_zeros((*high.shape[:-2], height * scale, width * scale))
                    weights = high.new_zeros(total.shape[-2:])
                weight = self._weight(rows, top, scale)[:, None] * self._weight(columns, left, scale)
                place = (..., _times(rows, scale), _times(columns, scale))
                total[place] += high * weight.to(high)
                weights[place] += weight.to(high)
        return total / weights

    def _span(self, start: int, side: int) -> slice:
        return slice(max(start - self.margin, 0), min(start + self.tile + self.margin, side))

    def _weight(self, span: slice, start: int, scale: int) -> Tensor:
        """How much each high-resolution row (or column) of a piece counts: in the tile, or rising around its border."""
        place = torch.arange(span.start * scale, span.stop * scale) + 0.5
        first, last = start * scale, (start + self.tile) * scale
        inside = torch.minimum(place - first, last - place)
        return (inside / (self.margin * scale) + 0.5).clamp(0, 1) if self.blended else (inside > 0).float()


def _field(network: Callable[[Tensor], Tensor], channels: int) -> int | None:
    """The receptive field; None where it is infinite or not known: no torch module, or one that takes no strips."""
    try:
        return reach(network, channels) if isinstance(network, nn.Module) else None
    except RuntimeError:
        return None


def _scale(high: int, low: int) -> int:
    if high % low:
        raise ValueError(f"tile: tiles need a whole scale, but {low} pixels became {high}; leave tile=null")
    return high // low


def _times(span: slice, scale: int) -> slice:
    return slice(span.start * scale, span.stop * scale)
