"""The decoder of a U-Net: back up the pyramid, each level joined to the encoder's."""

import torch
from torch import Tensor, nn


class UnetDecoder(nn.Module):
    """A pyramid of `depth` + 1 levels and its size `(H, W)`, as the U-Net's encoder makes them, to `(B, width, H, W)`.

    Ronneberger et al., "U-Net", MICCAI 2015.

    `width`: channels of the features.
    """

    def __init__(self, *, features: int, depth: int, width: int) -> None:
        super().__init__()
        sizes = [features * 2**index for index in reversed(range(depth))]
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(2 * size, size, 2, stride=2) for size in sizes)
        self.merge = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2 * size, size, 3, padding=1), nn.ReLU(), nn.Conv2d(size, size, 3, padding=1))
            for size in sizes
        )
        self.last = nn.Conv2d(features, width, 3, padding=1)

    def forward(self, encoded: tuple[list[Tensor], tuple[int, int]]) -> Tensor:
        pyramid, (height, width) = encoded
        features = pyramid[-1]
        for level, enlarge, merge in zip(reversed(pyramid[:-1]), self.enlarge, self.merge, strict=True):
            features = merge(torch.cat([level, enlarge(features)], 1)).relu()
        return self.last(features).relu()[..., :height, :width]
