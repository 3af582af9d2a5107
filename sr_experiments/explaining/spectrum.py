"""Errors by frequency."""

from typing import NamedTuple

import torch
from torch import Tensor

BANDS = 24
LOST = 0.5  # of a band's power: from there on a network no longer follows


class Spectrum(NamedTuple):
    """Power by frequency, in cycles per high-resolution pixel up to 0.5: of the `error`, and of the `original`.

    `followed`: the frequency up to which the error has less than half of the original's power; 0.5 where it never does.
    """

    frequency: list[float]
    error: list[float]
    original: list[float]
    followed: float


def error_spectrum(output: Tensor, target: Tensor) -> Spectrum:
    """The radial spectra of output − target and of the target, both `(C, H, W)` of [0, 1], of the channels' mean."""
    error, original = (radial_power(image.double().mean(0)) for image in (output - target, target))
    frequency = [(band + 0.5) * 0.5 / BANDS for band in range(BANDS)]
    lost = (error > LOST * original).nonzero()
    followed = float(lost[0, 0]) * 0.5 / BANDS if len(lost) else 0.5
    return Spectrum(frequency, error.tolist(), original.tolist(), followed)


def radial_power(image: Tensor) -> Tensor:
    """Power of an image `(H, W)` less its mean in each of `BANDS` rings of frequencies: sums to its variance, nearly.

    Under Hann windows, so that opposite borders are no edge; what lies beyond 0.5 cycles (in the corners) is left out.
    """
    height, width = image.shape
    windows = [torch.hann_window(size, periodic=False, dtype=image.dtype) for size in (height, width)]
    window = windows[0][:, None] * windows[1]
    seen = (image - image.mean()) * window / window.square().mean().sqrt()
    power = torch.fft.fft2(seen).abs().square() / (height * width) ** 2
    rows, columns = (torch.fft.fftfreq(size, dtype=image.dtype) for size in (height, width))
    band = ((rows[:, None].square() + columns.square()).sqrt() * 2 * BANDS).long()
    inside = band < BANDS
    return torch.zeros(BANDS, dtype=image.dtype).index_add_(0, band[inside], power[inside])
