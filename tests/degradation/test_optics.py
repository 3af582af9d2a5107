"""Diffraction against its closed forms."""

import numpy as np
import pytest
import torch

from sr_experiments.degradation.optics import airy, optics


def test_the_first_dark_ring_lies_where_rayleigh_says():
    """At 0.61 wavelengths over the aperture."""
    kernel = airy(0.5, 500, 5, 500)
    middle = len(kernel) // 2
    profile = kernel[middle, middle:]
    assert 5 * int(np.argmin(profile[:160])) == pytest.approx(0.6098 * 500 / 0.5, abs=5)
    assert profile[0] == pytest.approx(1) and profile[:160].min() < 1e-4


def test_frequencies_pass_as_a_round_pupil_lets_them():
    """2/π (acos ρ - ρ √(1 - ρ²)) of them, ρ being a share of 2 apertures over the wavelength."""
    aperture, wavelength, pixel = 0.4, 550, 200
    kernel = airy(aperture, wavelength, pixel, wavelength)
    passed = np.abs(np.fft.fft2(kernel / kernel.sum(), (512, 512)))[0, :256]
    share = np.arange(256) / 512 / pixel / (2 * aperture / wavelength)
    inside = share.clip(0, 1)
    expected = 2 / np.pi * (np.arccos(inside) - inside * np.sqrt(1 - inside**2))
    assert np.abs(passed - expected).max() < 0.03


def test_pixels_take_the_mean_of_what_the_optics_give():
    point = torch.zeros(1, 120, 120)
    point[0, 60, 60] = 1000
    fine, coarse = (optics(point, scale=scale, aperture=0.4, wavelength=550, pixel=500)[0] for scale in (1, 2))
    assert torch.allclose(coarse, fine.reshape(60, 2, 60, 2).mean((1, 3)), atol=1e-4)
    assert float(fine.sum()) == pytest.approx(1000, rel=1e-4)
    high = torch.randint(0, 256, (3, 24, 24), dtype=torch.uint8)
    colors = optics(high, scale=2, aperture=0.4, wavelength=[620, 540, 460], pixel=500)
    assert colors.dtype == torch.uint8 and colors.shape == (3, 12, 12)
    with pytest.raises(ValueError, match="optics: expected a whole scale and 3 wavelengths"):
        optics(high, scale=2, aperture=0.4, wavelength=[620, 540], pixel=500)
