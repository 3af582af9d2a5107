"""The small losses, each against somebody else's formula."""

import numpy as np
import pytest
import torch
from scipy.ndimage import convolve1d
from scipy.signal import convolve2d
from skimage.metrics import structural_similarity

from sr_experiments.loss.consistency import Consistency
from sr_experiments.loss.focal_frequency import FocalFrequency
from sr_experiments.loss.frequency import Frequency
from sr_experiments.loss.gradient import Gradient
from sr_experiments.loss.ms_ssim import MultiScaleSsim
from sr_experiments.loss.prediction import Prediction
from sr_experiments.loss.ssim import Ssim
from sr_experiments.loss.style import Style


def images(height, width):
    """Two pictures `(2, 3, H, W)` in [0, 1] that differ everywhere, the same on every machine."""
    y, x, c, b = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), np.arange(2), indexing="ij")
    target = np.sin(x / 5 + c) * np.cos(y / (4 + b)) / 3 + 0.5
    output = target + np.sin(x * y / 7 + b + 2 * c) / 12
    return (torch.from_numpy(image.transpose(3, 2, 0, 1).copy()) for image in (output, target))


def test_the_spectrum_is_that_of_the_fourier_matrices():
    output, target = images(10, 14)
    down, across = (
        np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n) / np.sqrt(n) for n in output.shape[-2:]
    )
    expected = np.abs(down @ (output - target).numpy() @ across).mean()
    assert float(Frequency()(output, target)) == pytest.approx(expected)


def test_focal_frequency_is_its_authors():
    """Loss and its gradient by focal_frequency_loss 0.3.0."""
    output, target = images(10, 14)
    output.requires_grad_()
    for alpha, (expected, slope) in AUTHORS.items():
        loss = FocalFrequency(alpha=alpha)(output, target)
        (gradient,) = torch.autograd.grad(loss, output)
        assert (loss.item(), float(gradient.abs().sum())) == pytest.approx((expected, slope), rel=1e-6)
    assert float(FocalFrequency(alpha=1.0)(target, target)) == 0


AUTHORS = {1.0: (0.0024488918725544843, 0.07733675154511904), 2.0: (0.0019461229014995363, 0.06627375492508991)}


def test_edges_are_those_of_central_differences():
    def strengths(image):
        across, down = (convolve1d(image, [1, 0, -1], axis=axis)[..., 1:-1, 1:-1] for axis in (-1, -2))
        return np.sqrt(across**2 + down**2 + 1e-6)

    output, target = images(10, 14)
    expected = np.abs(strengths(output.numpy()) - strengths(target.numpy())).mean()
    assert float(Gradient()(output, target)) == pytest.approx(expected)


def test_ssim_is_scikit_images():
    output, target = images(20, 24)
    given = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1, "channel_axis": 0}
    expected = [structural_similarity(a.numpy(), b.numpy(), **given) for a, b in zip(output, target, strict=True)]
    assert float(Ssim()(output, target)) == pytest.approx(1 - np.mean(expected), abs=1e-6)


def test_ms_ssim_is_the_papers_formula():
    """Contrast and structure at each scale, luminance at the coarsest, halved by means of four.

    torchmetrics leaves the borders out but at the coarsest scale, where it mirrors them.
    """
    output, target = images(50, 46)
    betas, window = [0.0448, 0.2856, 0.3001], np.exp(-(np.arange(-5, 6) ** 2) / 4.5)
    window = np.outer(window, window) / window.sum() ** 2

    def parts(x, y):
        means = [convolve2d(each, window, "valid") for each in (x, y, x * x, y * y, x * y)]
        x, y, xx, yy, xy = means
        contrast = (2 * (xy - x * y) + 0.03**2) / (xx - x * x + yy - y * y + 0.03**2)
        return contrast.mean(), (contrast * (2 * x * y + 0.01**2) / (x * x + y * y + 0.01**2)).mean()

    def halved(image):
        image = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]
        return (image[::2, ::2] + image[1::2, ::2] + image[::2, 1::2] + image[1::2, 1::2]) / 4

    expected = []
    for pair in zip(output.numpy(), target.numpy(), strict=True):
        channels, scales = list(zip(*pair, strict=True)), []
        for last in (False, False, True):
            if last:
                channels = [tuple(np.pad(each, 5, "reflect") for each in channel) for channel in channels]
            scales.append(np.mean([parts(*channel)[last] for channel in channels]))
            channels = [tuple(map(halved, channel)) for channel in channels]
        expected.append(np.prod(np.power(scales, betas)))
    assert float(MultiScaleSsim(betas=betas)(output, target)) == pytest.approx(1 - np.mean(expected), abs=1e-6)
    with pytest.raises(ValueError, match="3 scales want high-resolution patches of more than 40 pixels, got 46×40"):
        MultiScaleSsim(betas=betas)(output[..., :40, :], target[..., :40, :])


def test_consistency_sees_what_the_small_image_knows():
    target = torch.rand(2, 3, 24, 36, dtype=torch.float64)
    low = target[..., ::3, ::3]
    fine = target + 0.2 * (torch.arange(36) % 3 - 1)
    costs = [float(Consistency()(Prediction(low, target, output))) for output in (target, target + 0.1, fine)]
    assert costs == pytest.approx([0, 0.1, 0], abs=0.012) and costs[1] == pytest.approx(0.1)


class Doubled(torch.nn.Module):
    def forward(self, image):
        return [image, 2 * image[..., ::2, ::2]]


def test_style_is_what_goes_together_wherever_it_is():
    output, target = images(10, 14)
    levels = [(output, target), (2 * output[..., ::2, ::2], 2 * target[..., ::2, ::2])]
    grams = [[np.einsum("bchw,bdhw->bcd", each, each) / each[0, 0].numel() for each in pair] for pair in levels]
    expected = [((a - b) ** 2).sum() / (b**2).sum() for a, b in grams]
    assert float(Style(network=Doubled())(output, target)) == pytest.approx(np.mean(expected))
    assert float(Style(network=Doubled())(target.flip(-1), target)) < 1e-2
