"""LapSRN: a Laplacian pyramid, each level twice as large."""

import math

from torch import Tensor, nn


class Lapsrn(nn.Module):
    """`(B, C, H, W)` to `(B, C, s·H, s·W)` for scales 2, 4 and 8, by `layers` convolutions of `width` in each level.

    Lai et al., "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", CVPR 2017, section 3.1. Only
    the largest image comes back, so the smaller ones are learnt through it.

    `channels`: channels of the image; `scale`: 2, 4 or 8.
    """

    def __init__(self, *, channels: int, scale: int, width: int, layers: int) -> None:
        super().__init__()
        if scale not in (2, 4, 8):
            raise ValueError(f"lapsrn makes scales 2, 4, 8, not {scale}")
        levels = range(int(math.log2(scale)))
        self.first = nn.Sequential(nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.LeakyReLU(0.2))
        self.features = nn.ModuleList(_level(width, layers) for _ in levels)
        self.changes = nn.ModuleList(nn.Conv2d(width, channels, 3, padding=1, bias=False) for _ in levels)
        self.images = nn.ModuleList(_bilinear(channels) for _ in levels)

    def forward(self, low: Tensor) -> Tensor:
        features, image = self.first(low), low
        for level, change, enlarge in zip(self.features, self.changes, self.images, strict=True):
            features = level(features)
            image = enlarge(image) + change(features)
        return image


def _level(width: int, layers: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for _ in range(layers):
        parts += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.LeakyReLU(0.2)]
    enlarge = nn.ConvTranspose2d(width, width, 4, stride=2, padding=1, bias=False)
    for part in (*parts, enlarge):
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(part.weight)
    return nn.Sequential(*parts, enlarge, nn.LeakyReLU(0.2))


def _bilinear(channels: int) -> nn.ConvTranspose2d:
    """A learnt enlargement of each channel that begins as the bilinear one."""
    enlarge = nn.ConvTranspose2d(channels, channels, 4, stride=2, padding=1, groups=channels, bias=False)
    taps = enlarge.weight.new_tensor([0.25, 0.75, 0.75, 0.25])
    enlarge.load_state_dict({"weight": (taps[:, None] * taps).expand(channels, 1, 4, 4)})
    return enlarge
