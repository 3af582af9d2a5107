"""The last layer of an ESPCN whose width grows from layer to layer."""

from torch import nn


class EspcnGrowthDecoder(nn.Sequential):
    """3×3 ReLU convolution, `(B, 2·g·k, H, W)` to `(B, width, H, W)`, where `width` is 4·g·k.

    `growth` is g, `groups` k, as the encoder has them.
    """

    def __init__(self, *, growth: int, groups: int, width: int) -> None:
        super().__init__(nn.Conv2d(2 * growth * groups, width, 3, padding=1), nn.ReLU())
