"""The middle of k-space against waves, whose samples are known."""

import numpy as np
import pytest
import torch
from scipy.special import sici

from sr_experiments.degradation.kspace import kspace


def wave(size, cycles, of):
    """Around 128, as its own pixels of `size` see it, `of` cycles a side."""
    y, x = ((torch.arange(size, dtype=torch.float64) + 0.5) * 2 * torch.pi * each / size for each in cycles)
    return (128 + of * torch.cos(y[:, None] + x))[None]


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [12, 15])
def test_slow_waves_stay_where_they_are_and_fast_ones_are_gone(scale, size):
    slow, fast = wave(scale * size, (2, 5), 50), wave(scale * size, (size // 2 + 1, 1), 50)
    assert torch.allclose(kspace(slow, scale=scale).double(), wave(size, (2, 5), 50), atol=1e-4)
    assert torch.allclose(kspace(fast, scale=scale).double(), torch.full((1, size, size), 128.0).double(), atol=1e-4)


def test_an_edge_rings_as_gibbs_has_it():
    """By 8.95 % of its height, half of 2/π Si(π) - 1, a pixel beside it."""
    edge = torch.zeros(1, 16, 16384)
    edge[..., 2052:10244] = 200
    low, (integral, _) = kspace(edge, scale=8)[0, 0], sici(np.pi)
    assert float(low.max()) / 200 == pytest.approx(0.5 + integral / np.pi, abs=1e-3)


def test_bits_stay_as_they_come_and_scales_are_whole():
    high = torch.randint(0, 256, (3, 12, 18), dtype=torch.uint8)
    low = kspace(high, scale=2)
    assert low.dtype == torch.uint8 and low.shape == (3, 6, 9)
    assert torch.equal(low, (kspace(high.float(), scale=2) + 0.5).floor().clamp(0, 255).byte())
    with pytest.raises(ValueError, match=r"whole scales, not by scale=2\.5"):
        kspace(high, scale=2.5)  # pyright: ignore[reportArgumentType]
