"""Hydra's override grammar as a search reads it."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FixedTrial

from sr_experiments.sweep.space import as_overrides, grid_values, read_space, suggest


def space(*lines):
    return read_space(OverridesParser.create().parse_overrides(list(lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("choice(espcn,fsrcnn)", CategoricalDistribution(["espcn", "fsrcnn"])),
        ("espcn,fsrcnn", CategoricalDistribution(["espcn", "fsrcnn"])),
        ("choice([1,2],true,'a b')", CategoricalDistribution(["[1,2]", "True", r"a\ b"])),
        ("interval(0,1)", FloatDistribution(0.0, 1.0)),
        ("tag(log,interval(1e-4,1e-2))", FloatDistribution(1e-4, 1e-2, log=True)),
        ("int(interval(1,8))", IntDistribution(1, 8)),
        ("tag(log,int(interval(1,8)))", IntDistribution(1, 8, log=True)),
        ("range(16,64,step=16)", IntDistribution(16, 48, step=16)),
        ("range(4)", IntDistribution(0, 3)),
        ("range(5,1,-2)", IntDistribution(3, 5, step=2)),
        ("range(0,1,0.25)", FloatDistribution(0.0, 0.75, step=0.25)),
    ],
)
def test_what_each_form_stands_for(text, expected):
    assert space(f"key={text}").varied == {"key": expected}


@given(st.integers(-50, 50), st.integers(1, 40), st.integers(1, 9))
def test_a_range_has_the_values_that_it_has_in_a_grid(start, length, step):
    line = f"key=range({start},{start + length},{step})"
    (override,) = OverridesParser.create().parse_overrides([line])
    assert [str(value) for value in grid_values(space(line))["key"]] == list(override.sweep_string_iterator())


def test_a_step_leaves_no_noise_behind():
    """The bug: 0.1 + 2 × 0.1 is 0.30000000000000004, another experiment than a grid's 0.3."""
    found = space("key=range(0,1,0.1)")
    assert grid_values(found)["key"] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert suggest(FixedTrial({"key": 0.1 + 0.2}), found.varied) == {"key": 0.3}  # pyright: ignore[reportArgumentType]


def test_the_last_of_several_counts_and_seeds_are_no_part_of_it():
    found = space("lr=interval(0,1)", "model=espcn", "seed=range(2)", "lr=2e-4", "~benchmark.small", "+new=choice(a,b)")
    assert found.fixed == ["lr=0.0002", "model=espcn", "~benchmark.small"]
    assert found.seeds == [["seed=0"], ["seed=1"]]
    assert list(found.varied) == ["+new"]
    assert space("lr=interval(0,1)").seeds == [[]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("lr=tag(logarithmic,interval(1,2))", "expected the tag log, got logarithmic"),
        ("lr=tag(log,interval(0,1))", "lr=tag"),
        ("lr=tag(log,range(1,9,2))", "lr=tag"),
        ("lr=interval(2,1)", "lr=interval"),
        ("lr=range(4,4)", "an empty range"),
        ("seed=interval(0,3)", "seeds are repeats, which are listed"),
    ],
)
def test_what_makes_no_sense_is_named(line, message):
    with pytest.raises(ValueError, match=message):
        space(line)


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)))
def test_values_are_read_back_by_hydra(values):
    parsed = OverridesParser.create().parse_overrides(as_overrides(values))
    assert {override.key_or_group: override.value() for override in parsed} == values


def test_every_choice_and_both_ends_are_among_the_points():
    points = space("model=choice(espcn,fsrcnn)", "lr=interval(0.5,1)", "width=range(8,33,8)").points()
    for part in ("model=espcn", "model=fsrcnn", "lr=0.5", "lr=1.0", "width=8", "width=32"):
        assert any(part in point for point in points)
    assert all(len(point) == 3 for point in points)
