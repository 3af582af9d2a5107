"""The spectrum as a loss."""

import torch
from torch import Tensor, nn


class Frequency(nn.Module):
    """Mean distance of the two spectra in the complex plane, of the orthonormal Fourier transform of each channel.

    Cho et al., "Rethinking Coarse-to-Fine Approach in Single Image Deblurring", ICCV 2021, equation 4, at one scale;
    orthonormal, so that its size does not depend on that of the patches.
    """

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return torch.fft.fft2(output.to(target) - target, norm="ortho").abs().mean()
