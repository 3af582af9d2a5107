"""Noise by its statistics."""

import numpy as np
import pytest
import torch

from sr_experiments.degradation.noise import gaussian_noise, poisson_noise, speckle_noise


def noise(step, value, count=1, **settings):
    """What a step adds to gray images of one value, in levels of 255."""
    image = torch.full((count, 3, 64, 64), value)
    noisy = step(image, np.random.default_rng(0), (1, 1), **settings)
    assert noisy.dtype == torch.float32 and noisy.min() >= 0 and noisy.max() <= 1
    return 255 * (noisy - image).numpy()


def test_gaussian():
    added = noise(gaussian_noise, 0.5, sigma=[30, 30], gray=0)
    assert added.mean() == pytest.approx(0, abs=1) and added.std() == pytest.approx(30, rel=0.02)
    assert abs(np.corrcoef(added.reshape(3, -1)) - np.eye(3)).max() < 0.06


def test_each_image_has_a_strength_of_its_own():
    deviations = noise(gaussian_noise, 0.5, 200, sigma=[1, 30], gray=0).std((1, 2, 3))
    assert 0.9 < deviations.min() < 2 and 28.5 < deviations.max() < 30.5
    assert np.median(deviations) == pytest.approx(15.5, abs=3)


@pytest.mark.parametrize(("step", "strength"), [
    (gaussian_noise, {"sigma": [10, 10]}),
    (speckle_noise, {"sigma": [10, 10]}),
    (poisson_noise, {"scale": [0.1, 0.1]}),
])  # fmt: skip
def test_a_share_of_the_images_has_gray_noise(step, strength):
    added = noise(step, 0.5, 200, gray=0.4, **strength)
    gray = np.ptp(added, axis=1).max((1, 2)) < 1e-3
    assert 0.3 < gray.mean() < 0.5


@pytest.mark.parametrize("value", [0.0, 0.25, 0.5])
def test_speckle_grows_with_the_value(value):
    added = noise(speckle_noise, value, sigma=[25, 25], gray=0)
    assert added.std() == pytest.approx(25 * value, rel=0.02)


def test_poisson_is_the_noise_of_counts():
    # 2 values in the picture make 2 counts of white: a variance of value / 2
    image = torch.full((1, 3, 64, 65), 102 / 255)
    image[..., 64] = 51 / 255
    noisy = poisson_noise(image, np.random.default_rng(0), (1, 1), scale=[0.1, 0.1], gray=0)
    added = ((noisy - image) / 0.1)[..., :64].numpy()
    assert added.mean() == pytest.approx(0, abs=0.02) and added.var() == pytest.approx(0.4 / 2, rel=0.05)


def test_a_range_upside_down_is_refused():
    with pytest.raises(ValueError, match=r"expected \[lowest, highest\], got \[30, 1\]"):
        noise(gaussian_noise, 0.5, sigma=[30, 1], gray=0)
