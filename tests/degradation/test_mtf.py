"""A sensor's MTF, by what is left of waves."""

import math

import pytest
import torch

from sr_experiments.degradation.mtf import mtf, sigma


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("gain", [0.15, 0.3])
def test_a_wave_is_left_as_the_gaussian_has_it(scale, gain):
    """exp(-2 π² σ² f²) of it, `gain` at half a cycle a large pixel, seen from the middles of large pixels."""
    size = 96
    for cycles in (1, 8, 32):
        x = (torch.arange(scale * size, dtype=torch.float64) + 0.5) / scale
        high = (128 + 100 * torch.cos(2 * torch.pi * cycles / size * x)).expand(1, 4 * scale, -1)
        left = math.exp(-2 * (math.pi * sigma(gain, scale) * cycles / size / scale) ** 2)
        assert left == pytest.approx(gain ** ((2 * cycles / size) ** 2))
        low_x = torch.arange(size, dtype=torch.float64) + 0.5
        expected = 128 + 100 * left * torch.cos(2 * torch.pi * cycles / size * low_x)
        assert torch.allclose(mtf(high, scale=scale, gain=gain)[0, 1, 8:-8].double(), expected[8:-8], atol=0.05)


def test_bands_have_gains_of_their_own_and_brightness_stays():
    high = torch.rand(2, 24, 24) * 255
    low = mtf(high, scale=3, gain=[0.2, 0.4])
    alone = [mtf(high[:1], scale=3, gain=0.2)[0], mtf(high[1:], scale=3, gain=0.4)[0]]
    assert low.shape == (2, 8, 8) and torch.allclose(low, torch.stack(alone), atol=0.05)
    flat = torch.full((1, 8, 8), 77, dtype=torch.uint8)
    assert torch.equal(mtf(flat, scale=2, gain=0.3), flat[:, :4, :4])


@pytest.mark.parametrize("gain", [0, 1, [0.3, 0.3]])
def test_gains_are_shares_and_as_many_as_bands(gain):
    with pytest.raises(ValueError, match="mtf: expected a whole scale, and a gain between 0 and 1"):
        mtf(torch.rand(1, 8, 8), scale=2, gain=gain)
