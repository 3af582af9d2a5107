"""ECBSR's body."""

from torch import nn

from sr_experiments.model.block.edge_convolution import EdgeConvolution


class EcbsrDecoder(nn.Sequential):
    """`blocks` (M) edge-oriented convolutions and PReLUs, `(B, width, H, W)` to the same; `width` is the paper's C.

    Zhang et al., "Edge-oriented Convolution Block for Real-time Super Resolution on Mobile Devices", ACM MM 2021.
    """

    def __init__(self, *, width: int, blocks: int) -> None:
        layers: list[nn.Module] = []
        for _ in range(blocks):
            layers += [EdgeConvolution(in_channels=width, out_channels=width), nn.PReLU(width)]
        super().__init__(*layers)
