"""ESPCN's second layer."""

from torch import nn


class EspcnDecoder(nn.Sequential):
    """3×3 convolution and tanh, `(B, features, H, W)` to `(B, width, H, W)`; f2 = 3, n2 = 32 (Shi et al., 2016)."""

    def __init__(self, *, features: int, width: int) -> None:
        super().__init__(nn.Conv2d(features, width, 3, padding=1), nn.Tanh())
