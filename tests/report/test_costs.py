"""Costs, and latencies that compare."""

import pytest

from sr_experiments.report.costs import costs, short, usual_conditions
from sr_experiments.report.runs import Experiment, Run

PROFILE = {"input": [1, 3, 240, 427], "device": "cpu", "threads": 2, "precision": "float32", "latency_ms": 5.0}


def experiment(*profiles, **facts):
    record = {"status": "finished", "machine": {"processor": "A"}, "profiles": list(profiles), **facts}
    return Experiment("x", [Run(None, record, [])])  # pyright: ignore[reportArgumentType]


def test_latencies_under_other_conditions_are_no_latencies():
    usual, threads = PROFILE, {**PROFILE, "threads": 1, "latency_ms": 9.0}
    found = [experiment(usual), experiment(threads, usual), experiment(threads, machine={"processor": "B"})]
    conditions = usual_conditions(found)
    assert conditions == "cpu (A), 2 threads, float32, input 427×240"
    assert [costs(each, conditions)["latency_ms"] for each in found] == [5.0, 5.0, None]
    assert usual_conditions([experiment()]) is None


def test_records_that_lack_everything():
    assert set(costs(experiment(timings=None), None).values()) == {None}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (24_683, "", "24.7K"),
        (2_493_953_280, "", "2.49G"),
        (1_370_000, "", "1.37M"),
        (12, "", "12"),
        (0, "", "0"),
        (None, "s", "–"),
        (43.4, "s", "43 s"),
        (90, "s", "1.5 min"),
        (7200, "s", "2.0 h"),
        (12.345, "ms", "12.3 ms"),
    ],
)
def test_costs_for_people(value, unit, text):
    assert short(value, unit) == text
