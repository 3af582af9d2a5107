"""How real each patch of an image looks."""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """`(B, C, H, W)` in [0, 1] to logits `(B, 1, H/4, W/4)`, each of a patch of 34 pixels.

    Isola et al., "Image-to-Image Translation with Conditional Adversarial Networks", CVPR 2017, with spectral
    normalisation (Miyato et al., ICLR 2018) in the place of batch normalisation.

    `channels`: channels of the image; `width`: channels of the features.
    """

    def __init__(self, *, channels: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(width, 2 * width, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(4 * width, 4 * width, 3, padding=1)),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 1, 3, padding=1),
        )

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image - 0.5)
