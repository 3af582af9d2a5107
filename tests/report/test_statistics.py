"""Statistics against hand-made cases, exact enumeration and independent formulas."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_experiments.report.statistics import Difference, corrected, difference, holm, verdict


def scores(values: np.ndarray) -> dict[int, dict[str, float]]:
    return {seed: {f"i{n}": float(value) for n, value in enumerate(row)} for seed, row in enumerate(values)}


def test_a_constant_gain_has_no_spread():
    base = np.random.default_rng(0).normal(30, 4, (3, 20))
    found = difference(scores(base[:1] + 0.5), scores(base[:1]))
    assert (found.mean, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5), abs=1e-9)
    assert found.p is not None and found.p < 1e-4
    assert found.shown


def test_p_value_against_all_sign_flips():
    """Wilcoxon's exact distribution, by enumerating what every choice of signs gives."""
    gains = np.random.default_rng(1).normal(0.3, 1, 11)
    ranks = np.abs(gains).argsort().argsort() + 1
    observed = min(ranks[gains > 0].sum(), ranks[gains < 0].sum())
    sums = [sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign) for signs in product([0, 1], repeat=11)]
    expected = min(1, 2 * np.mean(np.array(sums) <= observed))
    assert difference(scores(30 + gains[None]), scores(np.full((1, 11), 30.0))).p == pytest.approx(expected, abs=1e-12)


def test_the_interval_against_a_plain_loop():
    random = np.random.default_rng(2)
    a, b = random.normal(30.3, 1, (3, 14)), random.normal(30, 1, (4, 14))
    found = difference(scores(a), scores(b))
    draws = []
    for _ in range(20_000):
        images = random.integers(14, size=14)
        first, second = a[random.integers(3, size=3)], b[random.integers(4, size=4)]
        draws.append(first[:, images].mean() - second[:, images].mean())
    assert (found.low, found.high) == pytest.approx(np.quantile(draws, [0.025, 0.975]), abs=0.02)


def test_seeds_widen_the_interval():
    image_gains = np.random.default_rng(3).normal(0.2, 0.1, 30)
    seed_effects = np.array([[-0.2], [0.0], [0.2]])
    steady = difference(scores(image_gains + 0 * seed_effects), scores(np.zeros((3, 30))))
    varying = difference(scores(image_gains + seed_effects), scores(np.zeros((3, 30))))
    assert varying.mean == pytest.approx(steady.mean)
    assert varying.high - varying.low > 3 * (steady.high - steady.low)


def test_five_images_carry_no_p_value():
    found = difference(scores(np.full((1, 5), 30.2)), scores(np.full((1, 5), 30.0)))
    assert found.p is None
    assert verdict(found) == "+0.20 dB [0.20, 0.20] on 5 images × 1 seed"


def test_what_all_have_measured_counts():
    ours = {0: {"a": 31.0, "b": 32.0, "c": float("nan")}, 1: {"a": 31.0, "b": 32.0, "c": 1.0}}
    theirs = {0: {"a": 30.0, "b": 31.0, "c": 30.0, "d": 99.0}}
    found = difference(ours, theirs)
    assert (found.mean, found.images, found.seeds) == (1.0, 2, (2, 1))
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


def test_equal_experiments():
    same = scores(np.random.default_rng(0).normal(30, 1, (1, 12)))
    found = difference(same, same)
    assert (found.mean, found.low, found.high, found.p) == (0, 0, 0, 1)
    assert verdict(found) == "no difference shown: +0.00 dB [0.00, 0.00] on 12 images × 1 seed, p = 1.00"


def test_false_alarms_are_as_rare_as_promised():
    """Of experiments that do not differ, about one in twenty seems to; here at most 14 of 120."""
    random = np.random.default_rng(4)
    alarms = [
        difference(scores(random.normal(0, 1, (1, 40))), scores(random.normal(0, 1, (1, 40)))).shown for _ in range(120)
    ]
    assert sum(alarms) <= 14


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
    assert [each.p for each in corrected([one, one])] == [0.06, 0.06]
    assert not any(each.shown for each in corrected([one, one]))


def test_verdicts():
    found = Difference(0.12, 0.08, 0.17, 0.0001, 100, (3, 3))
    assert verdict(found) == "+0.12 dB [0.08, 0.17] on 100 images × 3 seeds, p < 0.001"
    lower = found._replace(mean=-0.0123, low=-0.02, high=-0.004, p=0.0131, seeds=(3, 1))
    assert verdict(lower, "", 4) == "-0.0123 [-0.0200, -0.0040] on 100 images × 3 and 1 seeds, p = 0.013"
    assert verdict(found._replace(low=-0.01)).startswith("no difference shown: +0.12 dB [-0.01, 0.17]")
