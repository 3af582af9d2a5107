"""FSRCNN's mapping and expanding."""

from torch import nn


class FsrcnnDecoder(nn.Sequential):
    """`mappings` (m) 3×3 convolutions and an expanding 1×1: `(B, shrunk, H, W)` to `(B, width, H, W)`.

    Dong et al., ECCV 2016, section 3.2; `width` is the paper's d.
    """

    def __init__(self, *, shrunk: int, mappings: int, width: int) -> None:
        layers: list[nn.Module] = []
        for _ in range(mappings):
            layers += [nn.Conv2d(shrunk, shrunk, 3, padding=1), nn.PReLU(shrunk)]
        super().__init__(*layers, nn.Conv2d(shrunk, width, 1), nn.PReLU(width))
