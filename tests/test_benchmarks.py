"""What scripts/bench all says of figures that were measured again."""

import runpy
from pathlib import Path

ALL = Path(__file__).parents[1] / "scripts" / "benchmarks" / "all.py"


def test_a_figure_moved_where_no_round_is_among_those_on_record_and_seconds_on_the_same_machine_alone():
    moved = runpy.run_path(str(ALL))["moved"]

    def found(machine: str, **figures: tuple[float, float, float, str]) -> dict:
        keys = ("name", "value", "low", "high", "unit")
        parts = [dict(zip(keys, (name, *values), strict=True)) for name, values in figures.items()]
        return {"machine": machine, "figures": parts}

    before = found("a", ratio=(1.0, 0.9, 1.1, ""), time=(1.0, 0.9, 1.1, "s"), steady=(1.0, 1.0, 1.0, ""))
    now = {"ratio": (0.5, 0.4, 0.8, ""), "time": (2.0, 1.9, 2.1, "s"), "steady": (1.04, 1.04, 1.04, "")}
    assert list(moved(before, found("a", **now, new=(1.0, 1.0, 1.0, "")))) == ["ratio: 1, now 0.5", "time: 1, now 2 s"]
    assert list(moved(before, found("b", **now))) == ["ratio: 1, now 0.5"]
    assert not list(moved(before, found("a", ratio=(0.7, 0.5, 0.95, ""))))
