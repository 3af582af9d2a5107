"""SSIM against scikit-image and against a plain loop over windows."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from sr_experiments.metrics.ssim import StructuralSimilarity, similarity


def noisy(height: int, width: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    image = random.uniform(0, 255, (height, width))
    return image, np.clip(image + random.normal(0, noise, image.shape), 0, 255)


@settings(max_examples=60, deadline=None)
@given(st.integers(11, 90), st.integers(11, 90), st.floats(0, 80), st.integers(0, 10**6), st.sampled_from(["f4", "f8"]))
def test_against_scikit_image(height, width, noise, seed, dtype):
    x, y = (image.astype(dtype).astype(np.float64) for image in noisy(height, width, noise, seed))
    whole = structural_similarity(
        x, y, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[-1]
    ours = similarity(*(torch.from_numpy(image.astype(dtype))[None, None] for image in (x, y)))
    assert ours.dtype == torch.float64
    assert ours.item() == pytest.approx(whole[5:-5, 5:-5].mean(), abs=1e-12)


def test_against_a_loop_over_windows():
    x, y = noisy(13, 12, 20, 0)
    places = np.arange(-5, 6)
    window = np.exp(-(places[:, None] ** 2 + places**2) / 4.5)
    window /= window.sum()
    values = []
    for top in range(3):
        for left in range(2):
            a, b = (image[top : top + 11, left : left + 11] for image in (x, y))
            mean_a, mean_b = (a * window).sum(), (b * window).sum()
            variances = ((a - mean_a) ** 2 * window).sum() + ((b - mean_b) ** 2 * window).sum()
            covariance = ((a - mean_a) * (b - mean_b) * window).sum()
            c1, c2 = 6.5025, 58.5225
            values.append(
                (2 * mean_a * mean_b + c1) * (2 * covariance + c2) / (mean_a**2 + mean_b**2 + c1) / (variances + c2)
            )
    ours = similarity(*(torch.from_numpy(image)[None, None] for image in (x, y)))
    assert ours.item() == pytest.approx(np.mean(values), abs=1e-12)


def test_channels_are_averaged_and_images_kept_apart():
    x = torch.rand(2, 3, 40, 20, dtype=torch.float64) * 255
    y = (x + torch.randn_like(x) * 10).clamp(0, 255)
    each = [[similarity(x[i, c][None, None], y[i, c][None, None]).item() for c in range(3)] for i in range(2)]
    torch.testing.assert_close(similarity(x, y), torch.tensor(each, dtype=torch.float64).mean(1), rtol=0, atol=1e-12)
    metric = StructuralSimilarity()
    metric.update(x[:1], y[:1])
    metric.update(x[1:], y[1:])
    torch.testing.assert_close(metric.compute(), similarity(x, y).mean())


def test_the_window_must_fit():
    with pytest.raises(ValueError, match="window is 11 pixels a side, the compared image 12×10"):
        similarity(torch.zeros(1, 1, 10, 12), torch.zeros(1, 1, 10, 12))
