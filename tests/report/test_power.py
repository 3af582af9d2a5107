"""Predicted power against a simulation of the test itself."""

import numpy as np
import pytest

from sr_experiments.report.power import Typical, images_for, in_words, power, power_table, seeds_for, smallest, typical
from sr_experiments.report.statistics import LEVEL, Difference, Variances, errors

VARIANCES = Variances(1.0, 0.25, 0.3, 2)


def simulated(case: Typical, effect: float, tables: int = 4000) -> float:
    """How often the test shows `effect`, of experiments drawn with the case's variances."""
    random = np.random.default_rng(7)
    images, seeds, rest, _ = case.variances
    shape = tables, case.seeds, case.images
    a, b = (
        random.normal(0, rest**0.5, shape)
        + random.normal(0, seeds**0.5, (*shape[:2], 1))
        + random.normal(0, (images / 2) ** 0.5, (tables, 1, case.images))
        for _ in range(2)
    )
    found = abs(a.mean((1, 2)) + effect - b.mean((1, 2)))
    return float((found > errors(a, b)[0].reach(case.level)).mean())


@pytest.mark.parametrize(("seeds", "images"), [(2, 14), (3, 14), (3, 100), (9, 14)])
@pytest.mark.parametrize("level", [LEVEL, LEVEL / 5])
def test_power_is_what_a_simulation_finds(seeds, images, level):
    """The smallest difference told apart is shown in 80 %; from three seeds on, half of it as often as predicted."""
    case = Typical(VARIANCES, seeds, images, level)
    least = smallest(case)
    assert power(case, least) == pytest.approx(0.8, abs=1e-3)
    assert simulated(case, least) == pytest.approx(0.8, abs=0.03)
    if seeds > 2:
        assert simulated(case, least / 2) == pytest.approx(power(case, least / 2), abs=0.04)


@pytest.mark.parametrize("variances", [Variances(1.0, None, None, 1), Variances(1.0, 0.25, 0.3, 1)])
def test_power_without_other_seeds(variances):
    """One seed: Student's test of the images. A baseline that isn't trained: seeds on one side alone."""
    case = Typical(variances, 1 if variances.seeds is None else 3, 14, LEVEL)
    random, least = np.random.default_rng(8), smallest(case)
    shape = 4000, case.seeds, 14
    a = random.normal(0, 1, (4000, 1, 14)) + np.zeros(shape)
    if variances.seeds is not None:
        a = a + random.normal(0, 0.5, (*shape[:2], 1)) + random.normal(0, 0.3**0.5, shape)
    error, found = errors(a, np.zeros((4000, 1, 14)), (True, False))
    assert found.trained == 1
    assert (abs(a.mean((1, 2)) + least) > error.reach(LEVEL)).mean() == pytest.approx(0.8, abs=0.03)


def test_what_is_advised_is_enough_and_one_less_is_not():
    case = Typical(VARIANCES, 3, 100, LEVEL)
    for name, needed in (("seeds", seeds_for(case, 0.8)), ("images", images_for(case, 1.6))):
        effect = {"seeds": 0.8, "images": 1.6}[name]
        assert needed is not None and needed > 3
        assert power(case._replace(**{name: needed}), effect) >= 0.8 - 1e-6
        assert power(case._replace(**{name: needed - 1}), effect) < 0.8
    assert seeds_for(case, 0.1) is images_for(case, 0.1) is None


def test_in_words():
    case = Typical(VARIANCES, 3, 100, LEVEL)
    told = "could tell 1.6 dB apart from bicubic at 3 seeds × 100 images; 0.8 dB would take"
    assert in_words(case, "bicubic", " dB") == f"{told} {seeds_for(case, 0.8)} seeds"
    one = in_words(Typical(Variances(1.0, None, None, 2), 1, 14, LEVEL), "x", "")
    assert one.startswith("could tell 0.81 apart from x on 14 images for these trainings; 0.41 would take 49 images")


def test_the_table_has_the_cases_own_seeds_and_images():
    header, *rows = power_table(Typical(VARIANCES, 4, 40, LEVEL), 1.0)
    assert header == ["seeds", *(f"{count} images" for count in (5, 14, 40, 50, 100, 200))]
    assert [row[0] for row in rows] == ["2", "3", "4", "5", "10", "20"]
    assert rows[2][3] == f"{power(Typical(VARIANCES, 4, 40, LEVEL), 1.0):.0%}"


def test_the_middle_row_that_knows_of_seeds_speaks_for_a_leaderboard():
    def row(images: float, seeds: float | None) -> Difference:
        variances = Variances(images, seeds, seeds, 2)
        return Difference(0.1, 0, 1, 0.5, 14, (1 if seeds is None else 3, 5), variances=variances)

    rows = [row(1, None), row(2, None), row(9, None), row(4, 1), row(1, 1), row(8, 1)]
    without = Difference(0.1, -np.inf, np.inf, None, 1, (3, 3))
    assert typical([*rows, without]) == Typical(Variances(4, 1, 1, 2), 3, 14, LEVEL / 6)
    assert typical(rows[:3]) == Typical(Variances(2, None, None, 2), 1, 14, LEVEL / 3)
    assert typical([without]) is typical([row(1e-30, 0)]) is typical([]) is None
