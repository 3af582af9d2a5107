"""What a magnetic resonance scanner gives that measures for a shorter time: the middle of k-space alone."""

import torch
from torch import Tensor

from sr_experiments.degradation.precision import as_given


def kspace(high: Tensor, *, scale: int) -> Tensor:
    """Keep the lowest 1/`scale` of the frequencies of `(C, s·h, s·w)` along both axes: `(C, h, w)`, magnitudes.

    Without a window, so that edges ring (Gibbs). Chen et al., "Efficient and accurate MRI super-resolution using a
    generative adversarial network and 3D multi-level densely connected network", MICCAI 2018, in two dimensions; here
    pixels' edges stay where they are, which moves the middle of the first one. Uint8 is rounded, float 0 to 255 is not.
    A ValueError for a scale that is not whole.
    """
    if scale != int(scale):
        raise ValueError(f"k-space is cut by whole scales, not by scale={scale}")
    spectrum = torch.fft.fft2(high.double())
    spectrum = _lowest(_lowest(spectrum, int(scale)).mT, int(scale)).mT
    return as_given(torch.fft.ifft2(spectrum).abs() / scale**2, high)


def _lowest(spectrum: Tensor, scale: int) -> Tensor:
    """Of the last axis the frequencies that a `scale`-th of the pixels can hold, as seen from the middle of these."""
    full, size = spectrum.shape[-1], spectrum.shape[-1] // scale
    order = torch.arange(-((size - 1) // 2), (size - 1) // 2 + 1, device=spectrum.device)
    shift = torch.exp(1j * torch.pi * order.double() * (scale - 1) / full)
    kept = spectrum.new_zeros((*spectrum.shape[:-1], size))
    kept[..., order % size] = spectrum[..., order % full] * shift
    return kept
