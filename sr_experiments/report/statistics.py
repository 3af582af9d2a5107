"""How surely one experiment is better than another."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
FEWEST = 10  # images for a test: with five, the smallest p-value that there is would be 0.06

Scores = Mapping[int, Mapping[str, float]]  # by seed, by image


class Difference(NamedTuple):
    """The mean of ours − theirs, its interval, and what it rests on; `p` is None below ten images."""

    mean: float
    low: float
    high: float
    p: float | None
    images: int
    seeds: tuple[int, int]

    @property
    def shown(self) -> bool:
        """Whether the interval, and the test where there is one, speak for a difference."""
        return (self.low > 0 or self.high < 0) and (self.p is None or self.p < 1 - CONFIDENCE)


def difference(ours: Scores, theirs: Scores) -> Difference:
    """Compare two experiments on the images that all their runs measured; a ValueError where there is none.

    The interval is a percentile bootstrap (Efron and Tibshirani, 1993) that resamples images, the same for both, and
    the seeds of each together: it says what other images and other seeds might have given. The test is Wilcoxon's
    signed-rank test of each image's difference of means over seeds.
    """
    images = _common_images([*ours.values(), *theirs.values()])
    a, b = (np.array([[run[image] for image in images] for run in side.values()]) for side in (ours, theirs))
    low, high = _interval(a, b)
    mean = float(a.mean() - b.mean())
    return Difference(mean, low, high, _p_value(a.mean(0) - b.mean(0)), len(images), (len(a), len(b)))


def _common_images(runs: Sequence[Mapping[str, float]]) -> list[str]:
    names = [name for name in runs[0] if all(isfinite(run.get(name, np.nan)) for run in runs)] if runs else []
    if not names:
        raise ValueError("the experiments have measured no image in common")
    return names


def _interval(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float]:
    """The bounds of the bootstrap for values (seeds, images)."""
    random = np.random.default_rng(0)
    images = _image_weights(a.shape[1])
    resampled = [np.einsum("rs,rs->r", _weights(random, len(part)), images @ part.T) for part in (a, b)]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled[0] - resampled[1], [tail, 1 - tail])
    return float(low), float(high)


@lru_cache(maxsize=1)
def _image_weights(count: int) -> NDArray[np.float64]:
    """The same resamples of the images for every pair: drawing them is most of the work."""
    return _weights(np.random.default_rng(1), count)


def _weights(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """How much each of `count` things counts in each resample: (resamples, count)."""
    return random.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count


def _p_value(differences: NDArray[np.float64]) -> float | None:
    if len(differences) < FEWEST:
        return None
    from scipy.stats import wilcoxon

    return float(np.asarray(wilcoxon(differences)[1])) if differences.any() else 1.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """The p-values of one family, each raised so that any false alarm among all stays as unlikely (Holm, 1979).

    What has none keeps none and doesn't count.
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        adjusted[place] = largest
    return adjusted


def corrected(differences: Sequence[Difference]) -> list[Difference]:
    """Differences that are shown in one table, with Holm's p-values."""
    p_values = holm([each.p for each in differences])
    return [each._replace(p=p) for each, p in zip(differences, p_values, strict=True)]


def verdict(found: Difference, unit: str = " dB", digits: int = 2) -> str:
    """A difference in words: `+0.12 dB [0.08, 0.17] on 100 images × 3 seeds, p < 0.001`, or that none is shown."""
    bounds = ", ".join(f"{bound:.{digits}f}" for bound in (found.low, found.high))
    seeds = f"{found.seeds[0]}" if found.seeds[0] == found.seeds[1] else f"{found.seeds[0]} and {found.seeds[1]}"
    counted = f"on {found.images} image{_s(found.images)} × {seeds} seed{_s(max(found.seeds))}"
    text = f"{found.mean:+.{digits}f}{unit} [{bounds}] {counted}{_p_text(found.p)}"
    return text if found.shown else f"no difference shown: {text}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _p_text(p: float | None) -> str:
    if p is None:
        return ""
    return ", p < 0.001" if p < 0.001 else f", p = {p:.{3 if p < 0.1 else 2}f}"
