"""Effective receptive fields, against networks where they are known."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from sr_experiments.explaining.field import REACHED, effective_field

IMAGE = torch.rand(1, 60, 60, generator=torch.Generator().manual_seed(0))


def ones(layers):
    net = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(layers)))
    for weight in net.parameters():
        nn.init.ones_(weight)
    return net


@pytest.mark.parametrize("layers", [1, 2, 5, 10])
def test_of_layers_of_ones_it_is_what_convolving_them_gives(layers):
    """Luo et al., section 2.1: weights are a box convolved with itself, which nears a Gaussian, and fill ever less."""
    found = effective_field(ones(layers), IMAGE, 1, 41)
    line = np.ones(1)
    for _ in range(layers):
        line = np.convolve(line, np.ones(3))
    expected = np.outer(line, line) / line.sum() ** 2
    middle, reach = 20, layers
    seen = found.weights[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1].numpy()
    np.testing.assert_allclose(seen, expected, atol=1e-6)
    assert found.side == pytest.approx(float((expected > REACHED * expected.max()).sum() ** 0.5))
    assert (layers > 2) == (found.side < 2 * layers + 1)


def test_nearest_neighbour_depends_on_one_pixel_and_a_small_image_is_seen_whole():
    found = effective_field(lambda low: interpolate(low, scale_factor=3), IMAGE[:, :10, :14], 3, 64)
    assert found.weights.shape == (9, 9) and found.side == 1 and float(found.weights[4, 4]) == 1
