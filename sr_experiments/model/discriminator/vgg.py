"""How real an image looks."""

import itertools

from torch import Tensor, nn


class VggDiscriminator(nn.Module):
    """`(B, C, H, W)` in [0, 1] to one logit each, `(B, 1)`; any size of at least 16 pixels.

    Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network", CVPR 2017,
    figure 4: eight convolutions, each second one with stride 2. The mean over places stands where the paper's first
    dense layer fixes the size of patches.

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.LeakyReLU(0.2)]
        sizes = [width, width, 2 * width, 2 * width, 4 * width, 4 * width, 8 * width, 8 * width]
        for number, (narrow, wide) in enumerate(itertools.pairwise(sizes)):
            convolution = nn.Conv2d(narrow, wide, 3, stride=2 - number % 2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.verdict = nn.Sequential(nn.Linear(8 * width, 16 * width), nn.LeakyReLU(0.2), nn.Linear(16 * width, 1))

    def forward(self, image: Tensor) -> Tensor:
        return self.verdict(self.layers(2 * image - 1).mean((-2, -1)))
