"""Metrics of perception, against other people's numbers and formulas."""

import numpy as np
import pytest
import torch
from conftest import picture
from skimage.color import deltaE_cie76, rgb2lab
from torch import nn

from sr_experiments.files.images import read_image
from sr_experiments.metrics.color_shift import ColorShift
from sr_experiments.metrics.frechet import FrechetDistance
from sr_experiments.metrics.niqe import Niqe


@pytest.mark.slow
def test_niqe_is_matlabs(shared):
    """5.7296 by the authors' code in MATLAB R2021a, as BasicSR says; the others by BasicSR 1.4.2, in float64."""
    for name, expected in {"baboon": 5.7296, "comic": 4.13884}.items():
        image = read_image(shared / "data" / "Set14" / f"{name}.png")[None].double()
        assert float(Niqe()(image, image)) == pytest.approx(expected, abs=1e-3)


def test_niqe_wants_two_blocks_and_looks_at_luma():
    image = torch.from_numpy(picture(100, 200)).permute(2, 0, 1)[None].double()
    assert float(Niqe()(image, 0 * image)) == float(Niqe()(image, image)) > 0
    with pytest.raises(ValueError, match="blocks of 96 pixels: expected two"):
        Niqe()(image[..., :191], image)


class Channels(nn.Module):
    """Two levels of features, of which the last is the picture at half its size."""

    def forward(self, image):
        return [image[:, :1], 3 * image[..., ::2, ::2]]


def test_frechet_is_the_formula_of_two_gaussians_of_patches():
    from scipy.linalg import sqrtm

    random = np.random.default_rng(0)
    output, target = (torch.from_numpy(random.integers(0, 256, (1, 3, 40, 53)).astype(float)) for _ in range(2))
    output[..., 20:] /= 2
    metric = FrechetDistance(network=Channels(), side=8)
    assert metric.judge == "Channels" and not metric.inception.state_dict()
    for image in ((output, target), (output.flip(-1), target.flip(-1))):
        metric.update(*image)

    def vectors(images):
        patches = [
            image[0, :, i : i + 8 : 2, j : j + 8 : 2]
            for image in images
            for i in range(0, 40, 8)
            for j in range(0, 48, 8)
        ]
        return np.stack([3 * patch.mean((1, 2)).numpy() / 255 for patch in patches])

    ours, theirs = (vectors([image, image.flip(-1)]) for image in (output, target))
    a, b = np.cov(ours.T), np.cov(theirs.T)
    expected = ((ours.mean(0) - theirs.mean(0)) ** 2).sum() + np.trace(a + b - 2 * np.real(sqrtm(a @ b)))
    assert float(metric.compute()) == pytest.approx(expected, rel=1e-4)
    with pytest.raises(ValueError, match="expected 8 pixels a side, got 7×40"):
        metric.update(output[..., :7, :40].mT, target)


def test_a_tint_is_a_distance_in_lab():
    target = torch.from_numpy(picture(20, 24)).permute(2, 0, 1)[None].double()
    output = (target + torch.tensor([6.0, 0, -6])[:, None, None]).clamp(0, 255)
    ours, theirs = (image.mean((0, 2, 3)).numpy() / 255 for image in (output, target))
    assert float(ColorShift()(output, target)) == pytest.approx(deltaE_cie76(rgb2lab(ours), rgb2lab(theirs)))
    assert float(ColorShift()(target.flip(-1), target)) == pytest.approx(0, abs=1e-9)
