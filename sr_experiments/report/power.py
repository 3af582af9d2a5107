"""What a comparison could have told apart, and what it would take to tell less."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import nctdtr, nctdtrinc

from sr_experiments.report.statistics import LEVEL, Difference, Error, Variances

POWER = 0.8
MOST_SEEDS, MOST_IMAGES = 100, 10_000  # beyond these, nothing is advised
ROUNDING = 1e-9  # what tells less apart compares a thing with itself
SEEDS, IMAGES = (2, 3, 5, 10, 20), (5, 14, 50, 100, 200)  # of a table


class Typical(NamedTuple):
    """A leaderboard's middle difference: `seeds` are the fewest of the sides that seeds change, `level` is Holm's."""

    variances: Variances
    seeds: int
    images: int
    level: float


def typical(differences: Sequence[Difference]) -> Typical | None:
    """The row in the middle by what it could tell, of those that know of seeds where any does; None where none differs.

    `level` is the strictest of Holm's, as for the one row that differs among some that don't.
    """
    level = LEVEL / max(1, sum(each.p is not None for each in differences))
    known = [(each, each.variances) for each in differences if each.variances is not None]
    cases = [Typical(variances, _fewest(each), each.images, level) for each, variances in known]
    cases = sorted((case for case in cases if smallest(case) > ROUNDING), key=smallest)
    found = [case for case in cases if case.variances.seeds is not None] or cases
    return found[len(found) // 2] if found else None


def _fewest(found: Difference) -> int:
    return min((seeds for seeds, trained in zip(found.seeds, found.trained, strict=True) if trained), default=1)


def power(case: Typical, effect: float) -> float:
    """How probably a true difference of `effect` is shown, with its sign.

    The mean difference over its estimated standard error is taken for a noncentral t of Satterthwaite's degrees of
    freedom at the variances given, the reach of the test for what it is there.
    """
    freedom, reach, error = _test(case)
    return float(1 - nctdtr(freedom, abs(effect) / error, reach))


def smallest(case: Typical) -> float:
    """The true difference that is shown with a probability of 80 %."""
    freedom, reach, error = _test(case)
    return float(nctdtrinc(freedom, 1 - POWER, reach) * error)


def _test(case: Typical) -> tuple[float, float, float]:
    """Degrees of freedom, critical value in standard errors, and the standard error of the mean difference."""
    error = _expected(case)
    parts = error.images**2 / error.images_freedom + error.seeds**2 / error.seeds_freedom
    freedom = error.variance**2 / max(parts, np.finfo(float).tiny)
    deviation = error.variance**0.5
    return max(float(freedom), 1.0), float(error.reach(case.level) / deviation), float(deviation)


def _expected(case: Typical) -> Error:
    """What `errors` finds on average for as many seeds and images."""
    images, seeds, rest, trained = case.variances
    if seeds is None:
        return Error(images / case.images, case.images - 1, 0.0, 1)
    of_seeds = trained / case.seeds * (seeds + rest / case.images)
    return Error(images / case.images, case.images - 1, of_seeds, trained * (case.seeds - 1))


def seeds_for(case: Typical, effect: float) -> int | None:
    """The fewest seeds that tell `effect` apart on these images; None where a hundred don't."""
    if case.variances.seeds is None:
        return None
    return next((n for n in range(2, MOST_SEEDS + 1) if smallest(case._replace(seeds=n)) <= effect), None)


def images_for(case: Typical, effect: float) -> int | None:
    """The fewest images that tell `effect` apart with these seeds; None where ten thousand don't."""
    low, high = 1, MOST_IMAGES
    if smallest(case._replace(images=high)) > effect:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if smallest(case._replace(images=middle)) <= effect else (middle, high)
    return high


def in_words(case: Typical, baseline: str, unit: str) -> str:
    """What could have been told apart, and what half of it would take: more seeds, or else more images."""
    least = _two_digits(smallest(case))
    half = _two_digits(least / 2)
    seeds = seeds_for(case, half)
    images = None if seeds else images_for(case, half)
    needed = f"{seeds} seeds" if seeds else f"{images} images" if images else "more seeds and more images"
    return f"could tell {least:g}{unit} apart from {baseline} {_where(case)}; {half:g}{unit} would take {needed}"


def _where(case: Typical) -> str:
    if case.variances.seeds is not None:
        return f"at {case.seeds} seeds × {case.images} images"
    return f"on {case.images} images" + " for these trainings" * (case.variances.trained > 0)


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def power_table(case: Typical, effect: float) -> list[list[str]]:
    """Seeds (rows) × images (columns), under a header: the power to show `effect`; beside others, those there are."""
    seeds = sorted({*SEEDS, case.seeds}) if case.variances.seeds is not None else [case.seeds]
    images = sorted({*IMAGES, case.images})
    rows = [[power(case._replace(seeds=n, images=count), effect) for count in images] for n in seeds]
    header = ["seeds", *(f"{count} images" for count in images)]
    return [header, *([str(n), *(f"{each:.0%}" for each in row)] for n, row in zip(seeds, rows, strict=True))]
