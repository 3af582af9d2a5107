"""How pictures show images of other channels and depths than photographs have."""

from collections.abc import Sequence

import torch
from torch import Tensor

from sr_experiments.color import display_channels

_AT_MOST = 1 << 20  # pixels from which percentiles are taken, evenly chosen


class Picture:
    """Shows images `(C, H, W)` on the scale of 0 to 255 as pictures of one channel or three, on the same scale.

    `bands`: which channels, by number from 1, are red, green and blue, or grey; None for the first three, or the first.
    `percentiles`: which of the high-resolution image's values are black and white, over all shown channels; None for 0
    and 255 themselves. `window`: in their stead the values that are, in the units of `limits`, what 0 and 255 stand
    for. So one mapping, from the high-resolution image alone, holds for input, target and all outputs.
    """

    def __init__(
        self,
        *,
        bands: Sequence[int] | None = None,
        percentiles: Sequence[float] | None = None,
        window: Sequence[float] | None = None,
        limits: Sequence[float] = (0, 1),
    ) -> None:
        if bands is not None and (len(bands) not in (1, 3) or min(bands) < 1):
            raise ValueError(f"a picture's bands are one or three numbers from 1, not {list(bands)}")
        if percentiles is not None and (len(percentiles) != 2 or not 0 <= percentiles[0] < percentiles[1] <= 100):
            raise ValueError(f"a picture's percentiles are [low, high] of 0 to 100, not {list(percentiles)}")
        if window is not None and (percentiles is not None or len(window) != 2 or not window[0] < window[1]):
            raise ValueError(f"a picture has a window [low, high], got {window}, or percentiles, got {percentiles}")
        self.bands, self.percentiles, self.window, self.limits = bands, percentiles, window, limits

    def __call__(self, image: Tensor, high: Tensor) -> Tensor:
        """`image` as `high`, what it was made from or is compared with, asks for. A ValueError where bands lack."""
        shown = self._channels(image)
        if self.window:
            least, most = self.limits
            black, white = (255 * (end - least) / (most - least) for end in self.window)
            return (shown - black) * 255 / (white - black)
        if self.percentiles is None:
            return shown
        values = self._channels(high).double().flatten()
        shares = torch.tensor(self.percentiles, dtype=torch.float64) / 100
        black, white = torch.quantile(values[:: len(values) // _AT_MOST + 1], shares)
        return (shown - black) * 255 / (white - black).clamp(min=1e-6)

    def _channels(self, image: Tensor) -> Tensor:
        if self.bands is None:
            return display_channels(image)
        if max(self.bands) > len(image):
            raise ValueError(f"a picture's bands are {list(self.bands)}, the image has {len(image)}")
        return image[[band - 1 for band in self.bands]]
