"""How surely one experiment is better than another."""

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any, NamedTuple

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.05  # of tests; intervals hold with 1 − LEVEL
SMALLEST = 1e-15  # no p-value is told from this one

Scores = Mapping[int, Mapping[str, float]]  # by seed, by image


class Variances(NamedTuple):
    """What makes scores differ: `images`, of the difference over images; `seeds`, of a run's mean; `rest`, of a score.

    `trained` counts the sides that seeds change. Where one of them has one seed, `seeds` and `rest` are None, and what
    its training did to an image is in `images`. In place of numbers there may be arrays, of many pairs.
    """

    images: Any
    seeds: Any
    rest: Any
    trained: int


class Error(NamedTuple):
    """The variance of a mean difference, by what it comes from, each with its degrees of freedom."""

    images: Any
    images_freedom: int
    seeds: Any
    seeds_freedom: int

    @property
    def variance(self) -> Any:
        """That of the mean difference, never zero."""
        return np.maximum(self.images + self.seeds, np.finfo(float).tiny)

    def reach(self, level: float) -> Any:
        """How far from zero a mean difference is as improbable as `level` where there is no true one.

        Student's quantiles of both parts, weighted by their variances: t′ of Cochran and Cox (Experimental Designs,
        1957, section 4.14).
        """
        images, seeds = (-stdtrit(freedom, level / 2) for freedom in (self.images_freedom, self.seeds_freedom))
        return (self.images * images + self.seeds * seeds) / np.sqrt(self.variance)


class Difference(NamedTuple):
    """The mean of ours − theirs, its 95 % interval and p-value, and what they rest on.

    From one image there is no interval (its bounds are infinite), and `p` is None. `trained` says of both sides
    whether seeds change them.
    """

    mean: float
    low: float
    high: float
    p: float | None
    images: int
    seeds: tuple[int, int]
    trained: tuple[bool, bool] = (True, True)
    variances: Variances | None = None

    @property
    def shown(self) -> bool:
        """Whether the test speaks for a difference: before it is corrected, that is an interval without zero."""
        return self.p is not None and self.p < LEVEL

    @property
    def scope(self) -> str:
        """What the interval speaks for, beside other images: one seed says nothing of other trainings."""
        learnt = [seeds for seeds, trained in zip(self.seeds, self.trained, strict=True) if trained]
        if not learnt:
            return "no training"
        return "these trainings" if min(learnt) == 1 else "other trainings"


def difference(ours: Scores, theirs: Scores, trained: tuple[bool, bool] = (True, True)) -> Difference:
    """Compare two experiments on the images that all their runs measured; a ValueError where there is none.

    Images and seeds are crossed random effects (Judd, Westfall and Kenny, 2012): images are the same for both, the
    seeds of a side that is trained are its own, and vary alike on both.
    """
    images = _common_images([*ours.values(), *theirs.values()] if ours and theirs else [])
    a, b = (np.array([[run[image] for image in images] for run in side.values()]) for side in (ours, theirs))
    mean, seeds = float(a.mean() - b.mean()), (len(a), len(b))
    if len(images) == 1:
        return Difference(mean, -inf, inf, None, 1, seeds, trained)
    error, variances = errors(a, b, trained)
    reach = float(error.reach(LEVEL))
    return Difference(mean, mean - reach, mean + reach, _p_value(mean, error), len(images), seeds, trained, variances)


def _common_images(runs: Sequence[Mapping[str, float]]) -> list[str]:
    names = [name for name in runs[0] if all(isfinite(run.get(name, np.nan)) for run in runs)] if runs else []
    if not names:
        raise ValueError("the experiments have measured no image in common")
    return names


def errors(a: Any, b: Any, trained: tuple[bool, bool] = (True, True)) -> tuple[Error, Variances]:
    """How unsure the mean difference of values (…, seeds, images) is, by mean squares.

    What a seed does to single images would count twice: it is taken out of the images' part, which has more degrees of
    freedom.
    """
    images = a.shape[-1]
    by_image = (a.mean(-2) - b.mean(-2)).var(-1, ddof=1)
    sides = [side for side, learnt in zip((a, b), trained, strict=True) if learnt]
    freedom = sum(side.shape[-2] - 1 for side in sides)
    if any(side.shape[-2] == 1 for side in sides) or not sides:
        return Error(by_image / images, images - 1, 0.0, 1), Variances(by_image, None, None, len(sides))
    share = sum(1 / side.shape[-2] for side in sides)
    by_seed = sum(side.mean(-1).var(-1) * side.shape[-2] for side in sides) / freedom
    rest = sum((_interaction(side) ** 2).sum((-2, -1)) for side in sides) / (freedom * (images - 1))
    between = np.maximum(by_image - share * rest, 0)
    found = Variances(between, np.maximum(by_seed - rest / images, 0), rest, len(sides))
    return Error(between / images, images - 1, share * by_seed, freedom), found


def _interaction(values: Any) -> Any:
    """What neither the seed nor the image explains of values (…, seeds, images)."""
    centred = values - values.mean(-1, keepdims=True)
    return centred - centred.mean(-2, keepdims=True)


def _p_value(mean: float, error: Error) -> float:
    """The level at which the interval ends at zero, by bisection of its logarithm."""
    if mean == 0:
        return 1.0
    low, high = np.log(SMALLEST), 0.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if error.reach(np.exp(middle)) <= abs(mean) else (middle, high)
    return float(np.exp(high))


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


def correct(differences: Sequence[Difference]) -> list[Difference]:
    """Differences that are shown in one table, with Holm's p-values."""
    p_values = holm([each.p for each in differences])
    return [each._replace(p=p) for each, p in zip(differences, p_values, strict=True)]


def verdict(found: Difference, unit: str = " dB", digits: int = 2) -> str:
    """A difference in words: `+0.12 dB [0.08, 0.17] on 100 images × 3 seeds, p < 0.001`, or that none is shown.

    With one seed: `+0.12 dB [0.08, 0.17] for these trainings on 100 images × 1 seed, p < 0.001`.
    """
    bounds = ", ".join(f"{bound:.{digits}f}" for bound in (found.low, found.high))
    interval = " (no interval from one image)" if found.p is None else f" [{bounds}]"
    scope = " for these trainings" * (found.scope == "these trainings")
    text = f"{found.mean:+.{digits}f}{unit}{interval}{scope} on {_counted(found)}{_p_text(found.p)}"
    return text if found.shown else f"no difference shown: {text}"


def _counted(found: Difference) -> str:
    """On what a difference rests."""
    ours, theirs = found.seeds
    seeds = f"{ours}" if ours == theirs else f"{ours} and {theirs}"
    return f"{found.images} image{_s(found.images)} × {seeds} seed{_s(max(found.seeds))}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _p_text(p: float | None) -> str:
    if p is None:
        return ""
    return ", p < 0.001" if p < 0.001 else f", p = {p:.{3 if p < 0.1 else 2}f}"
