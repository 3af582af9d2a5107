"""Errors by frequency, against waves whose frequency is known."""

import numpy as np
import pytest
import torch

from sr_experiments.explaining.spectrum import BANDS, error_spectrum, radial_power


def wave(frequency, direction=0.0, size=128):
    y, x = np.mgrid[:size, :size]
    along = x * np.cos(direction) + y * np.sin(direction)
    return torch.from_numpy(np.sin(2 * np.pi * frequency * along))


@pytest.mark.parametrize("frequency", [0.0625, 0.2, 0.4375])
@pytest.mark.parametrize("direction", [0.0, 0.6])
def test_a_wave_lies_in_its_ring_and_holds_its_variance(frequency, direction):
    power = radial_power(wave(frequency, direction))
    assert abs(int(power.argmax()) - int(frequency / 0.5 * BANDS)) <= 1
    assert float(power.sum()) == pytest.approx(0.5, rel=0.03)


def test_white_noise_has_as_much_power_as_variance_but_for_the_corners():
    noise = torch.randn(256, 256, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    assert float(radial_power(noise).sum()) == pytest.approx(np.pi / 4, rel=0.03)


@pytest.mark.parametrize("cut", [0.125, 0.25])
def test_what_lost_its_high_frequencies_follows_up_to_them(cut):
    noise = torch.randn(1, 128, 128, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    places = torch.fft.fftfreq(128, dtype=torch.double)
    radius = (places[:, None].square() + places.square()).sqrt()
    smooth = torch.fft.ifft2(torch.fft.fft2(noise) * (radius < cut)).real
    found = error_spectrum(smooth, noise)
    assert found.followed == pytest.approx(cut, abs=0.5 / BANDS) and len(found.frequency) == BANDS
    assert error_spectrum(noise, noise).followed == 0.5
