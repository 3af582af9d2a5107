"""Metrics of all samples of an image: of an ideal sampler they are what theory says."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from sr_experiments.metrics.calibration import Calibration
from sr_experiments.metrics.coverage import Coverage
from sr_experiments.metrics.diversity import Diversity
from sr_experiments.metrics.interval import Interval
from sr_experiments.metrics.spread import Spread
from sr_experiments.metrics.spread_rank import SpreadRank


def drawn(samples, width=1.0, seed=0, levels=12.0):
    """An original and samples of it, all drawn alike but for the samples' `width`: a mean picture and noise."""
    random = np.random.default_rng(seed)
    mean = random.uniform(40, 200, (1, 3, 180, 240))
    deviation = random.uniform(0, levels, mean.shape)
    target, *rest = (
        mean + (width if number else 1) * deviation * random.normal(size=mean.shape) for number in range(samples + 1)
    )
    return [torch.from_numpy(image.round()) for image in (target, *rest)]


def value(metric, target, *samples):
    for sample in samples:
        metric.update(sample, target)
    return float(metric.compute())


@pytest.mark.parametrize("count", [2, 8])
def test_an_ideal_sampler_is_calibrated_and_covers(count):
    images = drawn(count)
    assert value(Calibration(), *images) == pytest.approx(1, abs=0.02)
    assert value(Coverage(), *images) == pytest.approx(1, abs=0.02)
    spread = torch.stack(images[1:]).var(0).mean().sqrt()
    assert value(Spread(), *images) == pytest.approx(float(spread))


HALF = np.sqrt((1 + 1 / 8) * 0.25 / (1 + 0.25 / 8))  # half as wide: s² is a fourth, the error 1 + 1/32


def test_who_is_too_sure_is_found_out():
    assert value(Calibration(), *drawn(8, width=0.5)) == pytest.approx(HALF, abs=0.02)
    assert value(Coverage(), *drawn(8, width=0.5)) < 0.8 < 1 < value(Coverage(), *drawn(8, width=2.0))


@pytest.mark.parametrize("count", [2, 8])
def test_intervals_of_an_ideal_sampler_hold_what_they_promise(count):
    for share in (0.5, 0.95):
        assert value(Interval(share=share), *drawn(count, levels=100)) == pytest.approx(share, abs=0.01)
        assert value(Interval(share=share), *drawn(count, levels=100, width=0.5)) < share - 0.03
    with pytest.raises(ValueError, match="expected a number between 0 and 1, got 1"):
        Interval(share=1)


def test_samples_that_differ_where_they_are_wrong_rank_so():
    """Against SciPy's coefficient; 0 where every pixel differs by as much, whatever it is wrong by."""
    images = drawn(8)
    target, samples = images[0], torch.stack(images[1:])
    error = (samples.mean(0) - target).square().mean(1)
    found: Any = spearmanr(samples.var(0).mean(1).flatten(), error.flatten())
    assert found.statistic > 0.3 and value(SpreadRank(), *images) == pytest.approx(found.statistic, abs=1e-4)
    alike = [target + 5 * sign + images[1] - target for sign in (-1, 1)]
    assert value(SpreadRank(), target, *alike) == pytest.approx(0, abs=0.02)


def test_what_is_the_same_everywhere_counts_as_covered():
    target = drawn(0)[0]
    assert value(Coverage(), target, *[target] * 5) == pytest.approx(1)
    assert value(Coverage(), target, *[target + 1] * 5) == pytest.approx(0, abs=1e-9)
    assert value(Spread(), target, target, target) == 0


class Pixels(nn.Module):
    """Features that are two pixels of a place: their difference, of length 1, is easily told."""

    def forward(self, image):
        return [image[:, :2]]


def test_diversity_is_what_the_best_of_each_pixel_gains():
    """By the challenge's own script: (best as a whole − mean of the best at each pixel) / best as a whole."""
    images = drawn(4)

    def distances(sample):
        ours, theirs = (image[0, :2] / image[0, :2].norm(dim=0) for image in (sample, images[0]))
        return (ours - theirs).square().sum(0)

    maps = torch.stack([distances(sample) for sample in images[1:]])
    whole = maps.mean((1, 2)).min()
    assert value(Diversity(network=Pixels()), *images) == pytest.approx(
        float(100 * (whole - maps.min(0).values.mean()) / whole), rel=1e-3
    )
    assert value(Diversity(network=Pixels()), images[0], images[1], images[1]) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("metric", [Spread, Calibration, SpreadRank, Coverage, partial(Interval, share=0.5)])
def test_one_sample_is_none(metric):
    with pytest.raises(ValueError, match="expected two samples of each image, got 1"):
        value(metric(), *drawn(1))
