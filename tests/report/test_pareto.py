"""The front against its definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_experiments.report.pareto import front


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] <= other[0] and one[1] >= other[1] and one != other


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_nobody_on_it_is_beaten_and_everybody_else_is(points):
    named = {number: (float(cost), float(score)) for number, (cost, score) in enumerate(points)}
    expected = {name for name, point in named.items() if not any(beats(other, point) for other in named.values())}
    chosen = front(named)
    assert set(chosen) == expected
    assert [named[name][0] for name in chosen] == sorted(named[name][0] for name in chosen)


@pytest.mark.parametrize(
    ("points", "chosen"),
    [
        ({"a": (1, 30), "b": (1, 31)}, ["b"]),  # equal cost
        ({"a": (1, 30), "b": (2, 30)}, ["a"]),  # equal score
        ({"a": (1, 30), "b": (1, 30)}, ["a", "b"]),  # equal in both
        ({"a": (1, 30), "b": (2, 31), "c": (3, 30.5)}, ["a", "b"]),
        ({}, []),
    ],
)
def test_ties(points, chosen):
    assert front(points) == chosen
