"""The sinc filter by its frequencies."""

import numpy as np
import pytest
import torch

from sr_experiments.degradation.sinc import sinc


def kernels(count, sides, cutoff):
    image = torch.zeros(count, 1, 81, 81, dtype=torch.float64)
    image[..., 40, 40] = 1
    return sinc(image, np.random.default_rng(0), (1, 1), sides=sides, cutoff=cutoff).numpy()[:, 0, 20:-20, 20:-20]


@pytest.mark.parametrize("cutoff", [0.3, 0.5, 0.8])
def test_low_frequencies_pass_and_high_ones_do_not(cutoff):
    (kernel,) = kernels(1, [41], [cutoff, cutoff])
    gain = abs(np.fft.fft2(np.fft.ifftshift(kernel)))
    frequency = 2 * np.hypot(*np.meshgrid(np.fft.fftfreq(41), np.fft.fftfreq(41)))
    assert kernel.sum() == pytest.approx(1) and kernel.min() < 0
    assert abs(gain[frequency < cutoff - 0.1] - 1).max() < 0.2
    assert gain[frequency > cutoff + 0.1].max() < 0.2


def test_the_middle_is_the_limit():
    (kernel,) = kernels(1, [21], [0.5, 0.5])
    omega = np.pi / 2
    from scipy.special import j1

    assert kernel[20, 20] / kernel[20, 21] == pytest.approx((omega / 2) / j1(omega), rel=1e-6)


def test_sides_are_drawn():
    found = {int((abs(kernel) > 1e-12).any(0).sum()) for kernel in kernels(30, [7, 13], [0.4, 0.4])}
    assert found == {7, 13}
