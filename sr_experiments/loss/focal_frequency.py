"""The spectrum as a loss, in which what is far off counts most."""

import torch
from torch import Tensor, nn


class FocalFrequency(nn.Module):
    """Mean squared distance of the two spectra, each frequency weighted by its distance to the power of `alpha`.

    Weights are relative to the largest of each image and channel, and have no gradient. Jiang et al., "Focal Frequency
    Loss for Image Reconstruction and Synthesis", ICCV 2021, equations 5 to 8, of whole patches.
    """

    def __init__(self, *, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        difference = torch.fft.fft2(output.to(target) - target, norm="ortho")
        squares = difference.real.square() + difference.imag.square()
        weights = squares.detach().pow(self.alpha / 2)
        largest = weights.amax((-2, -1), keepdim=True)
        return (squares * weights / largest.clamp(min=torch.finfo(largest.dtype).tiny)).mean()
