"""The first two layers of an ESPCN whose width grows from layer to layer."""

from torch import nn


class EspcnGrowthEncoder(nn.Sequential):
    """Two 3×3 ReLU convolutions of width g·k and 2·g·k, `(B, channels, H, W)` to `(B, 2·g·k, H, W)`.

    `growth` is the growth rate g, `groups` the number k of groups that it counts for; the convolutions are full ones.

    `channels`: channels of the image.
    """

    def __init__(self, *, channels: int, growth: int, groups: int) -> None:
        width = growth * groups
        super().__init__(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
        )
