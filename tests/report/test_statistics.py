"""Statistics against hand-made cases, independent formulas and simulation."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_1samp, ttest_ind

from sr_experiments.report.statistics import LEVEL, Difference, correct, difference, errors, holm, verdict


def scores(values: np.ndarray) -> dict[int, dict[str, float]]:
    return {seed: {f"i{n}": float(value) for n, value in enumerate(row)} for seed, row in enumerate(values)}


def experiments(random, count, seeds, images, seed_sd, rest_sd):
    """Scores `(count, seeds, images)` of experiments whose differences vary by 1 over images."""
    return (
        random.normal(0, rest_sd, (count, seeds, images))
        + random.normal(0, seed_sd, (count, seeds, 1))
        + random.normal(0, 0.5**0.5, (count, 1, images))
    )


def test_a_constant_gain_has_no_spread():
    base = np.random.default_rng(0).normal(30, 4, (3, 20))
    found = difference(scores(base[:1] + 0.5), scores(base[:1]))
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-9)
    assert found.p is not None and found.p < 1e-4
    assert found.shown


def test_with_one_seed_it_is_students_test_of_the_images():
    gains = np.random.default_rng(1).normal(0.3, 1, 11)
    found = difference(scores(30 + gains[None]), scores(np.full((3, 11), 30.0)))
    expected: Any = ttest_1samp(gains, 0)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_where_images_do_not_differ_it_is_students_test_of_the_seeds():
    random = np.random.default_rng(2)
    ours, theirs = random.normal(0.5, 1, 3), random.normal(0, 1, 4)
    a, b = (scores(np.repeat(side[:, None], 14, 1)) for side in (ours, theirs))
    found = difference(a, b)
    expected: Any = ttest_ind(ours, theirs)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))


def test_variances_are_found_again():
    """The mean squares of many pairs are, on average, what the pairs were drawn with."""
    random = np.random.default_rng(5)
    a, b = (experiments(random, 4000, 3, 40, seed_sd=0.5, rest_sd=0.7) for _ in range(2))
    error, variances = errors(a, b)
    assert np.mean(variances.images) == pytest.approx(1, rel=0.03)
    assert np.mean(variances.seeds) == pytest.approx(0.25, rel=0.06)
    assert np.mean(variances.rest) == pytest.approx(0.49, rel=0.01)
    assert np.mean(error.variance) == pytest.approx(np.var(a.mean((1, 2)) - b.mean((1, 2))), rel=0.06)


@pytest.mark.parametrize(
    ("images", "seeds", "seed_sd", "rest_sd"), [(40, 3, 0.5, 0.5), (14, 3, 1, 0.5), (14, 2, 3, 0.5), (14, 2, 0.3, 1)]
)
def test_intervals_cover_and_tables_stay_silent(images, seeds, seed_sd, rest_sd):
    """No true difference: a pair's interval holds zero in 93 to 97.5 %, five pairs of a table are silent in 94 %."""
    random = np.random.default_rng(4)
    base, *others = (experiments(random, 3000, seeds, images, seed_sd, rest_sd) for _ in range(6))
    means = np.array([abs(other.mean((1, 2)) - base.mean((1, 2))) for other in others])
    found = [errors(other, base)[0] for other in others]
    covered = means <= np.array([error.reach(LEVEL) for error in found])
    alarms = means > np.array([error.reach(LEVEL / 5) for error in found])
    assert 0.93 <= covered.mean() <= 0.975
    assert alarms.any(0).mean() <= 0.06


def test_a_baseline_without_parameters_has_no_seeds():
    """Three seeds against one row of bicubic interpolation speak for other seeds; against one training they don't."""
    random = np.random.default_rng(5)
    ours, theirs = scores(experiments(random, 3, 1, 14, 0.2, 0.1)[:, 0]), scores(np.zeros((1, 14)))
    assert difference(ours, theirs).scope == "these trainings"
    found = difference(ours, theirs, (True, False))
    assert found.scope == "other trainings"
    assert difference(ours, {0: theirs[0], 1: theirs[0]}, (True, False))[:4] == pytest.approx(found[:4])
    assert difference(theirs, theirs, (False, False)).scope == "no training"
    a, b = (experiments(random, 4000, 3, 14, 1, 0.5), experiments(random, 4000, 1, 14, 0, 0))
    covered = abs(a.mean((1, 2)) - b.mean((1, 2))) <= errors(a, b, (True, False))[0].reach(LEVEL)
    assert 0.93 <= covered.mean() <= 0.975


def test_one_seed_is_named_in_words():
    base = np.random.default_rng(6).normal(30, 1, (2, 20))
    found = difference(scores(base[:1] + 0.5), scores(base))
    assert found.shown
    assert verdict(found).startswith("+")
    assert "for these trainings on 20 images × 1 and 2 seeds" in verdict(found)


def test_one_image_has_no_interval():
    found = difference(scores(np.full((2, 1), 30.2)), scores(np.full((2, 1), 30.0)))
    assert (found.p, found.shown) == (None, False)
    assert verdict(found) == "no difference shown: +0.20 dB (no interval from one image) on 1 image × 2 seeds"


def test_what_all_have_measured_counts():
    ours = {0: {"a": 31.0, "b": 32.0, "c": float("nan")}, 1: {"a": 31.0, "b": 32.0, "c": 1.0}}
    theirs = {0: {"a": 30.0, "b": 31.0, "c": 30.0, "d": 99.0}}
    found = difference(ours, theirs)
    assert (found.mean, found.images, found.seeds) == (1.0, 2, (2, 1))
    with pytest.raises(ValueError, match="no image in common"):
        difference({0: {"a": 1.0}}, {})
    with pytest.raises(ValueError, match="no image in common"):
        difference({0: {"a": 1.0}}, {0: {"b": 1.0}})


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 25), st.integers(0, 10**6))
def test_turned_around_it_is_the_negative(seeds_a, seeds_b, images, seed):
    random = np.random.default_rng(seed)
    a, b = scores(random.normal(0, 1, (seeds_a, images))), scores(random.normal(0, 1, (seeds_b, images)))
    there, back = difference(a, b), difference(b, a)
    assert there.mean == pytest.approx(-back.mean, abs=1e-12)
    assert there.low <= there.mean <= there.high
    assert there.p == back.p if there.p is None else there.p == pytest.approx(back.p)
    assert there.shown == (not there.low <= 0 <= there.high)


def test_equal_experiments():
    same = scores(np.random.default_rng(0).normal(30, 1, (1, 12)))
    found = difference(same, same)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    text = "no difference shown: +0.00 dB [0.00, 0.00] for these trainings on 12 images × 1 seed, p = 1.00"
    assert verdict(found) == text


def test_holm_by_hand():
    """The example of Holm's method with 0.01, 0.04, 0.03, 0.005: adjusted 0.03, 0.06, 0.06, 0.02."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([None, 0.02, None]) == [None, 0.02, None]
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_raises_and_keeps_the_order(p_values):
    adjusted = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert all(adjusted[one] <= adjusted[next_] for one, next_ in pairwise(order))  # pyright: ignore[reportOperatorIssue]


def test_correcting_can_take_a_difference_back():
    one = Difference(0.1, 0.02, 0.2, 0.03, 20, (1, 1))
    assert one.shown
    assert [each.p for each in correct([one, one])] == [0.06, 0.06]
    assert not any(each.shown for each in correct([one, one]))


def test_verdicts():
    found = Difference(0.12, 0.08, 0.17, 0.0001, 100, (3, 3))
    assert verdict(found) == "+0.12 dB [0.08, 0.17] on 100 images × 3 seeds, p < 0.001"
    lower = found._replace(mean=-0.0123, low=-0.02, high=-0.004, p=0.0131, seeds=(3, 2))
    assert verdict(lower, "", 4) == "-0.0123 [-0.0200, -0.0040] on 100 images × 3 and 2 seeds, p = 0.013"
    assert verdict(found._replace(low=-0.01, p=0.07)).startswith("no difference shown: +0.12 dB [-0.01, 0.17]")


def test_samples_nested_in_images_leave_intervals_as_they_should_be():
    """Samples in images crossed with seeds: intervals of the means over samples hold the truth in 95 of 100 cases."""
    random = np.random.default_rng(0)
    tables, seeds, images, samples = 4000, 3, 12, 4

    def side():
        of_image = random.normal(0, 0.3, (tables, 1, images, 1))
        of_seed = random.normal(0, 0.2, (tables, seeds, 1, 1))
        drawn = random.normal(0, 0.5, (tables, seeds, images, samples))
        return (of_image + of_seed + drawn).mean(-1)

    a, b = side(), side()
    error, _ = errors(a, b)
    missed = np.abs(a.mean((1, 2)) - b.mean((1, 2))) > error.reach(0.05)
    assert 0.025 < missed.mean() < 0.055
