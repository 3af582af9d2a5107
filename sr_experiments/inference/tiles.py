"""Large images, piece by piece."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from sr_experiments.inference.at_once import at_once

BLOCK = 16
NARROW = 64  # low-resolution pixels that a tile has at least, for threads to have one each


class Span(NamedTuple):
    """The rows (or columns) `start` to `stop` of an image that has `side` of them."""

    start: int
    stop: int
    side: int

    def wider(self, by: int) -> slice:
        """With so many more at both ends, as far as the image goes."""
        return slice(max(self.start - by, 0), min(self.stop + by, self.side))


class Pixels(Protocol):
    """What tiles are cut of: a tensor `(B, C, H, W)`, or what reads a part of one when it is asked for it."""

    @property
    def shape(self) -> Sequence[int]: ...

    def __getitem__(self, place: Any, /) -> Tensor: ...


class Tiles:
    """Enlarges `(B, C, H, W)` by a whole `scale` in tiles of at most `tile` low-resolution pixels a side, and a margin.

    `enlarge` does so with a piece. The margin is what the `receptive_field` asks for, where that is known and finite:
    the result is then the untiled one. Otherwise (None) `blended` is true: the margin is a quarter tile, the inner half
    of it fades into the next tile. Tiles are equal but for the last, and begin at multiples of 16. So do they with
    their margins, unless another `step` says that networks find their blocks (strides, windows) where the whole image
    has them from multiples of that on. Fewer `rows`, a multiple of 16, make lower bands. What does not fit into the
    memory is enlarged in tiles of half the side, to no less than 16. `threads`: so many tiles are enlarged at once.
    """

    def __init__(
        self,
        enlarge: Callable[[Tensor], Tensor],
        *,
        tile: int,
        scale: float,
        receptive_field: int | None,
        step: int = BLOCK,
        rows: int | None = None,
        threads: int = 1,
    ) -> None:
        if not isinstance(tile, int) or tile < BLOCK or tile % BLOCK:
            raise ValueError(f"tile: expected a multiple of {BLOCK} low-resolution pixels, got {tile!r}")
        if scale != int(scale):
            raise ValueError(f"tile: tiles need a whole scale, not {scale}; leave tile=null")
        self.enlarge, self.tile, self.scale, self.receptive_field = enlarge, tile, int(scale), receptive_field
        self.step, self.rows, self.threads = step, rows or tile, threads
        self.blended = receptive_field is None
        self.margin = _multiple(tile // 4 if receptive_field is None else receptive_field // 2, step)
        self.fade = self.margin // 2 if self.blended else 0

    def __call__(self, low: Pixels) -> Tensor:
        """The whole result, `(B, C, s·H, s·W)`, on the CPU."""
        return torch.cat(list(self.bands(low)), -2)

    def bands(self, low: Pixels) -> Iterator[Tensor]:
        """The result from the top in bands of whole rows, `(B, C, rows, s·W)`, on the CPU; no more than two at once."""
        fading, columns = None, _spans(low.shape[-1], self.tile, self.threads)
        with at_once(min(self.threads, len(columns))) as mapping:
            for rows in _spans(low.shape[-2], self.rows):
                band = self._band(low, rows, columns, mapping)
                if fading is not None:
                    band[..., : fading.shape[-2], :] += fading
                end = (rows.stop - self.fade) * self.scale - self._top(rows)
                ready = band.shape[-2] if rows.stop == rows.side else end
                yield band[..., :ready, :]
                fading = band[..., ready:, :]

    def _top(self, rows: Span) -> int:
        return rows.wider(self.fade).start * self.scale

    def _band(
        self, low: Pixels, rows: Span, columns: Sequence[Span], mapping: Callable[..., Iterator[Tensor]]
    ) -> Tensor:
        """What a row of tiles gives, weighted: its own rows, and those that fade into the bands above and below."""
        band = torch.zeros(())
        pieces = (low[..., rows.wider(self.margin), each.wider(self.margin)] for each in columns)
        for high, span in zip(mapping(self._enlarge, pieces), columns, strict=True):
            high = self._crop(self._crop(high, rows).mT, span).mT
            if not band.dim():
                band = high.new_zeros((*high.shape[:-1], low.shape[-1] * self.scale))
            place = span.wider(self.fade)
            part = band[..., place.start * self.scale : place.stop * self.scale]
            part.copy_(high + part if self.fade else high)
        return band

    def _crop(self, high: Tensor, rows: Span) -> Tensor:
        """Of a piece's result the rows that count, each times how much: fading ones rise and fall over a border."""
        seen, kept = rows.wider(self.margin), rows.wider(self.fade)
        high = high[..., (kept.start - seen.start) * self.scale : (kept.stop - seen.start) * self.scale, :]
        if not self.fade:
            return high
        place = (torch.arange(kept.start * self.scale, kept.stop * self.scale) + 0.5) / self.scale
        rising = (place - rows.start) / (2 * self.fade) + 0.5 if rows.start else torch.ones_like(place)
        falling = (rows.stop - place) / (2 * self.fade) + 0.5 if rows.stop < rows.side else torch.ones_like(place)
        return high * torch.minimum(rising, falling).clamp(0, 1)[:, None]

    def _enlarge(self, piece: Tensor) -> Tensor:
        try:
            return self.enlarge(piece).cpu()
        except RuntimeError as error:
            half = self.tile // 2 // BLOCK * BLOCK
            if not half or not _out_of_memory(error):
                raise
        print(f"warning: tiles of {self.tile} pixels do not fit into the memory: {half}", file=sys.stderr)
        self.enlarge = Tiles(
            self.enlarge, tile=half, scale=self.scale, receptive_field=self.receptive_field, step=self.step
        )
        return self.enlarge(piece)


def _spans(side: int, tile: int, threads: int = 1) -> list[Span]:
    """A side in as few parts as tiles allow, equal but for the last, or in some for each of the threads."""
    parts = -(-side // tile)
    parts = max(parts, min(_multiple(parts, threads), side // NARROW))
    step = _multiple(-(-side // parts), BLOCK)
    return [Span(start, min(start + step, side), side) for start in range(0, side, step)]


def _multiple(pixels: int, step: int) -> int:
    """The least multiple of a step that is no less."""
    return -(-pixels // step) * step


def _out_of_memory(error: RuntimeError) -> bool:
    """Of a GPU, which torch has a class for, or of the CPU, which it has not."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
