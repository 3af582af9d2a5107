"""How real each pixel of an image looks."""

import itertools

from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu
from torch.nn.utils.parametrizations import spectral_norm


class UNetDiscriminator(nn.Module):
    """`(B, C, H, W)` in [0, 1] to logits `(B, 1, H, W)`; sides are multiples of 8.

    Wang et al., "Real-ESRGAN", ICCV Workshops 2021, section 3.4: a U-Net with spectral normalisation, three levels
    deep, which adds what it saw on the way down.

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 8 * width]
        self.first = nn.Conv2d(channels, width, 3, padding=1)
        self.down = nn.ModuleList(
            spectral_norm(nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=False))
            for narrow, wide in itertools.pairwise(sizes)
        )
        self.up = nn.ModuleList(
            spectral_norm(nn.Conv2d(wide, narrow, 3, padding=1, bias=False))
            for narrow, wide in reversed(list(itertools.pairwise(sizes)))
        )
        self.last = nn.Sequential(
            spectral_norm(nn.Conv2d(width, width, 3, padding=1, bias=False)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(width, width, 3, padding=1, bias=False)),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 1, 3, padding=1),
        )

    def forward(self, image: Tensor) -> Tensor:
        if image.shape[-2] % 8 or image.shape[-1] % 8:
            size = f"{image.shape[-1]}×{image.shape[-2]}"
            raise ValueError(f"this discriminator halves images three times: sides are multiples of 8, not {size}")
        levels = [leaky_relu(self.first(image), 0.2)]
        for down in self.down:
            levels.append(leaky_relu(down(levels[-1]), 0.2))
        features = levels.pop()
        for up in self.up:
            enlarged = interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
            features = leaky_relu(up(enlarged), 0.2) + levels.pop()
        return self.last(features)
