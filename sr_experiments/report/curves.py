"""Curves of experiments: the mean over seeds, and the band that the seeds span."""

from collections.abc import Iterator, Sequence
from math import isfinite
from statistics import fmean
from typing import NamedTuple

from sr_experiments.report.runs import Experiment, Rows

POINTS = 200  # of one line; longer ones are thinned evenly


class Line(NamedTuple):
    """A value of one experiment over optimizer steps and training seconds; `low` and `high` are the seeds' extremes."""

    step: list[int]
    seconds: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]


def lines(experiment: Experiment) -> dict[str, Line]:
    """Every curve of an experiment by name: `val/psnr`, `train/loss`, …"""
    points: dict[str, dict[int, list[tuple[float, float]]]] = {}
    for run in experiment.runs:
        for name, step, seconds, value in _points(run.curves):
            points.setdefault(name, {}).setdefault(step, []).append((seconds, value))
    return {name: _line(by_step) for name, by_step in points.items()}


def _points(rows: Rows) -> Iterator[tuple[str, int, float, float]]:
    """What a metrics.csv says; a line that was cut, and what is no number, is left out."""
    for row in rows:
        try:
            point = row["name"], int(row["step"]), float(row["seconds"]), float(row["value"])
        except (KeyError, ValueError, OverflowError):
            continue
        if isfinite(point[2]) and isfinite(point[3]):
            yield point


def _line(by_step: dict[int, list[tuple[float, float]]]) -> Line:
    steps = thin(sorted(by_step))
    values = [[value for _, value in by_step[step]] for step in steps]
    return Line(
        step=steps,
        seconds=[round(fmean(seconds for seconds, _ in by_step[step]), 2) for step in steps],
        mean=[_rounded(fmean(each)) for each in values],
        low=[_rounded(min(each)) for each in values],
        high=[_rounded(max(each)) for each in values],
    )


def thin(steps: Sequence[int]) -> list[int]:
    """At most `POINTS` of them, evenly, with the first and the last."""
    if len(steps) <= POINTS:
        return list(steps)
    return [steps[round(place * (len(steps) - 1) / (POINTS - 1))] for place in range(POINTS)]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
