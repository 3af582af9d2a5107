"""Motion blur against means along a line."""

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter1d

from sr_experiments.degradation.motion_blur import motion_blur


def blurred(image, length, degrees):
    return motion_blur(torch.from_numpy(image), np.random.default_rng(0), (1, 1), length=length, degrees=degrees)


@pytest.mark.parametrize("length", [1, 5, 11])
@pytest.mark.parametrize(("degrees", "axis"), [(0, -1), (90, -2)])
def test_along_an_axis_it_is_a_running_mean(length, degrees, axis):
    image = np.random.default_rng(0).random((2, 3, 17, 19))
    expected = uniform_filter1d(image, length, axis, mode="mirror")
    found = blurred(image, [length, length], [degrees, degrees]).numpy()
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_at_45_degrees_it_rises_to_the_right():
    image = np.zeros((1, 1, 15, 15))
    image[..., 7, 7] = 1
    kernel = blurred(image, [9, 9], [45, 45])[0, 0].numpy()
    y, x = np.mgrid[-7:8, -7:8]
    # y points down; a line of 9 pixels has a variance of (9² - 1) / 12 along it, and the covariance is half of that
    assert kernel.sum() == pytest.approx(1) and (kernel * x * y).sum() == pytest.approx(-80 / 24, rel=0.1)
    assert kernel[4, 10] > 0 and kernel[4, 4] == 0
