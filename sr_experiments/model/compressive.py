"""An image through a code of whole numbers, which a range coder can keep in few bits."""

import math

import torch
from torch import Tensor, nn

FINENESS = 4  # whole numbers in a unit of what the encoder makes, which begins well below 1


class Compressive(nn.Module):
    """Encodes `(B, C, H, W)` in [0, 1] to whole numbers, and makes `(B, C, s·H, s·W)` of these.

    Ballé et al., "End-to-end Optimized Image Compression", ICLR 2017. `encoder` makes a code of `code` channels, which
    is rounded, and the size that it stands for; `decoder` makes `width` features of both, and `head` the image. In
    training noise of a rounding's size stands for it, and beside the image comes what the code would cost, in bits per
    pixel `(B,)`, by a Laplace distribution of each channel.
    """

    def __init__(self, *, encoder: nn.Module, decoder: nn.Module, head: nn.Module, width: int, code: int) -> None:
        super().__init__()
        self.encoder, self.decoder, self.head, self.width = encoder, decoder, head, width
        self.mean = nn.Parameter(torch.zeros(code))
        self.log_scale = nn.Parameter(torch.zeros(code))

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        code, size = self._code(image)
        if not self.training:
            return self.decode(code + (code.round() - code).detach(), size)
        code = code + torch.rand_like(code) - 0.5
        return self.decode(code, size), self.bits(code).sum((1, 2, 3)) / (image.shape[-2] * image.shape[-1])

    def encode(self, image: Tensor) -> Tensor:
        """The code of an image, whole numbers `(B, code, h, w)`."""
        return self._code(image)[0].round()

    def _code(self, image: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The code before it is rounded, and the size that it stands for."""
        features, size = self.encoder(image - 0.5)
        return FINENESS * features, size

    def decode(self, code: Tensor, size: tuple[int, int]) -> Tensor:
        """The image of a code that stands for one of this (height, width)."""
        return self.head(self.decoder((code / FINENESS, size))) + 0.5

    def bits(self, code: Tensor) -> Tensor:
        """What each value of a code costs: -log2 of the probability of its whole number."""
        scale = self.log_scale.exp()[:, None, None]
        upper, lower = (_log_tail((code - self.mean[:, None, None]).abs() + side, scale) for side in (-0.5, 0.5))
        return -(upper + torch.log1p(-torch.exp((lower - upper).clamp(max=-1e-6)))) / math.log(2)


def _log_tail(beyond: Tensor, scale: Tensor) -> Tensor:
    """Log probability that a Laplace distribution around 0 exceeds a number, of either sign."""
    inside = torch.log1p(-0.5 * torch.exp(beyond.clamp(max=0) / scale))
    return torch.where(beyond < 0, inside, math.log(0.5) - beyond.clamp(min=0) / scale)
