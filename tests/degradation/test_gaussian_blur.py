"""Gaussian blur against SciPy's."""

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate, gaussian_filter

from sr_experiments.degradation.gaussian_blur import gaussian_blur


def blurred(image, seed=0, **settings):
    settings = {"sides": [21], "sigma": [1.6, 1.6], "isotropic": 1, "power": [1, 1], "profile": "gaussian", **settings}
    return gaussian_blur(torch.from_numpy(image), np.random.default_rng(seed), (1, 1), **settings).numpy()


@pytest.fixture
def image():
    return np.random.default_rng(0).random((3, 3, 23, 31))


@pytest.mark.parametrize("sigma", [0.2, 1.0, 1.6])
def test_round_ones_are_scipys(image, sigma):
    expected = gaussian_filter(image, (0, 0, sigma, sigma), mode="mirror", radius=(0, 0, 10, 10))
    np.testing.assert_allclose(blurred(image, sigma=[sigma, sigma]), expected, atol=1e-12)


def test_an_image_smaller_than_the_kernel_is_mirrored_as_often_as_it_takes():
    image = np.random.default_rng(1).random((2, 3, 2, 5))
    expected = gaussian_filter(image, (0, 0, 1.6, 1.6), mode="mirror", radius=(0, 0, 10, 10))
    np.testing.assert_allclose(blurred(image), expected, atol=1e-12)


@pytest.mark.slow
def test_each_image_has_a_kernel_of_its_own_within_the_ranges():
    image = np.zeros((400, 1, 41, 41))
    image[..., 20, 20] = 1
    kernels = blurred(image, sigma=[0.5, 2], isotropic=0.5)[:, 0, 10:-10, 10:-10]
    y, x = np.mgrid[-10:11, -10:11]
    moments = np.array([[(k * x * x).sum(), (k * y * y).sum(), (k * x * y).sum()] for k in kernels])
    variances = np.linalg.eigvalsh(moments[:, [[0, 2], [2, 1]]])
    np.testing.assert_allclose(kernels.sum((1, 2)), 1)
    assert 0.2 < variances.min() < 0.4 and 3.5 < variances.max() < 4.01
    assert 0.4 < np.isclose(variances[:, 0], variances[:, 1]).mean() < 0.6


def test_sides_cut_the_kernel():
    image = np.zeros((40, 1, 21, 21))
    image[..., 10, 10] = 1
    kernels = blurred(image, sides=[3, 7], sigma=[3, 3])[:, 0]
    assert {int((kernel > 0).sum()) for kernel in kernels} == {9, 49}


def test_a_plateau_is_its_formula(image):
    y, x = np.mgrid[-3:4, -3:4]
    kernel = 1 / (1 + (x**2 + y**2) / 1.6**2)
    expected = correlate(image, (kernel / kernel.sum())[None, None], mode="mirror")
    np.testing.assert_allclose(blurred(image, sides=[7], profile="plateau"), expected, atol=1e-12)


def test_half_of_the_powers_are_below_one_and_half_above():
    image = np.zeros((400, 1, 9, 9))
    image[..., 4, 4] = 1
    kernels = blurred(image, sides=[7], sigma=[1, 1], power=[0.5, 4])[:, 0, 1:-1, 1:-1]
    # exp(-d^2p / 2) at d² = 1 is the same for every p; at d² = 2 it tells p
    powers = np.log2(-2 * np.log(kernels[:, 4, 4] / kernels[:, 3, 3]))
    assert 0.5 <= powers.min() < 0.55 and 3.8 < powers.max() <= 4.0001
    assert 0.4 < (powers < 1).mean() < 0.6


def test_an_even_side_is_refused(image):
    with pytest.raises(ValueError, match=r"expected odd numbers of pixels, got \[8\]"):
        blurred(image, sides=[8])


def test_another_profile_is_refused(image):
    with pytest.raises(ValueError, match="profile is gaussian or plateau, not 'box'"):
        blurred(image, profile="box")
