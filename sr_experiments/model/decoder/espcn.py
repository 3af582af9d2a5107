"""ESPCN's second layer."""

from torch import nn

from sr_experiments.model.block.gain import initialise


class EspcnDecoder(nn.Sequential):
    """3×3 convolution and tanh, `(B, features, H, W)` to `(B, width, H, W)`; f2 = 3, n2 = 32 (Shi et al., 2016).

    `gain`: of the initial weights, see `initialise`.

    `width`: channels of the features.
    """

    def __init__(self, *, features: int, width: int, gain: float) -> None:
        super().__init__(initialise(nn.Conv2d(features, width, 3, padding=1), gain), nn.Tanh())
