"""Black and white as flat as they were: networks see the zeros that their convolutions pad borders with."""

from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

KNOWN = 0.01  # how far from black, and from white, a network makes them inside, which has learnt what they are


class FlatField:
    """Sets results between what a network makes of `black` and of `white` at their place, which it then makes itself.

    So the unevenness of a lens is taken out of photographs. `enlarge`: `(B, C, h, w)` in [0, 1] to
    `(B, C, s·h, s·w)`, clamped, whose pixels depend on `reach` low-resolution pixels around them and, but for the
    border, not on where they are. A network that makes something else of black or white inside is left as it is.
    """

    def __init__(
        self, enlarge: Callable[[Tensor], Tensor], scale: int, reach: int, black: float = 0, white: float = 1
    ) -> None:
        self.enlarge, self.scale, self.reach, self.levels = enlarge, scale, reach, (black, white)
        self.known, self.learnt = lru_cache(16)(self._measure), lru_cache(16)(self._learnt)

    def __call__(self, low: Tensor) -> Tensor:
        """What `enlarge` makes of `(B, C, h, w)`, black and white flat."""
        high, (height, width), side = self.enlarge(low), low.shape[-2:], 2 * self.reach + 1
        known = self.known((1, low.shape[1], min(height, side), min(width, side)), low.device)
        if known is None:
            return high
        columns = self._columns(width).to(low.device)
        offset, gain = (each.index_select(-1, columns) for each in known)
        rows = high.unflatten(-2, (height, self.scale))
        for seen, alike in _alike(height, self.reach):
            part = rows[..., seen, :, :]
            torch.addcmul(offset[..., alike, :, :], part, gain[..., alike, :, :], out=part)
        return high.clamp_(0, 1)

    def _measure(self, shape: tuple[int, ...], device: torch.device) -> tuple[Tensor, Tensor] | None:
        """What is to be added after what is to be multiplied by, each `(1, C, h, s, s·w)`."""
        if not self.learnt(shape[1], device):
            return None
        black, white = self.levels
        dark, light = (each.clamp(black, white) for each in self._flat(shape, device))  # beyond them is clipped
        gain = (white - black) / (light - dark)
        blocks = -1, self.scale
        return (black - dark * gain).unflatten(-2, blocks), gain.unflatten(-2, blocks)

    def _learnt(self, channels: int, device: torch.device) -> bool:
        side, inside = 2 * self.reach + 1, slice(self.reach * self.scale, (self.reach + 1) * self.scale)
        made = self._flat((1, channels, side, side), device)
        off = [(each[..., inside, inside] - level).abs().max() for each, level in zip(made, self.levels, strict=True)]
        return bool(max(off) < KNOWN)

    def _flat(self, shape: tuple[int, ...], device: torch.device) -> list[Tensor]:
        return [self.enlarge(torch.full(shape, float(level), device=device)) for level in self.levels]

    def _columns(self, width: int) -> Tensor:
        """Which of the measured columns those of a result are like."""
        places = torch.arange(width)
        if width > 2 * self.reach:
            places = places.clamp(max=self.reach) + (places - width + self.reach + 1).clamp(min=0)
        return (places[:, None] * self.scale + torch.arange(self.scale)).flatten()


def _alike(height: int, reach: int) -> list[tuple[slice, slice]]:
    """Rows of an image, and those measured that they are like: along the border their own, between them one for all."""
    if height <= 2 * reach:
        return [(slice(None), slice(None))]
    last = height - reach
    return [
        (slice(reach), slice(reach)),
        (slice(reach, last), slice(reach, reach + 1)),
        (slice(last, height), slice(reach + 1, None)),
    ]
