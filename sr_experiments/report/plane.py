"""Perception against distortion: where each experiment stands, in each of the ways in which it is used."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

from sr_experiments.report.leaderboard import Leaderboard, Row, row_difference, settings_of_way, sign
from sr_experiments.report.pareto import front

DISTORTION = "psnr"
JUDGES = {"features": "", "lpips": "LPIPS", "dists": "DISTS", "niqe": ""}  # of records that don't say them
PLACE = ("benchmark", "scale", "degradation", "protocol")


class Bar(NamedTuple):
    """A mean, and how far the 95 % interval of its difference to the baseline reaches to both sides.

    None of the baseline itself, and where one image or one value gives no interval.
    """

    mean: float
    reach: float | None


class Point(NamedTuple):
    """A row in one variant. `learnt`: its loss looks through what judges here, which flatters it."""

    row: Row
    variant: str
    distortion: Bar
    perception: Bar
    learnt: bool

    @property
    def called(self) -> str:
        """The experiment's name, and the variant where that is not plain."""
        return self.row.name + f", {self.variant}" * (self.variant != "plain")


class Plane(NamedTuple):
    """Points by PSNR and a metric of perception; those at the places of `front` no other beats in both.

    `better` is 1 where more of the metric is better, −1 where less is. Blau and Michaeli, "The Perception-Distortion
    Tradeoff", CVPR 2018: what is beaten in neither can only exchange one for the other.
    """

    metric: str
    judge: str
    better: int
    points: list[Point]
    front: list[int]


def planes(board: Leaderboard, boards: Sequence[Leaderboard]) -> list[Plane]:
    """A plane for each metric of perception, of this leaderboard and those of other variants of the same images."""
    related = [other for other in boards if _place(other) == _place(board)]
    related.sort(key=lambda other: other.setting["variant"] != "plain")
    reference = next((row for row in related[0].rows if row.name == related[0].baseline), None)
    found = (_plane(metric, judge, related, reference) for metric, judge in _judges(related).items())
    return [plane for plane in found if len(plane.points) > 1]


def _place(board: Leaderboard) -> Any:
    images = (settings_of_way(row.experiment, board.setting).get("images") for row in board.rows)
    content = next((known.get("content") for known in images if isinstance(known, dict)), None)
    return *(board.setting[name] for name in PLACE), content


def _judges(boards: Sequence[Leaderboard]) -> dict[str, str]:
    """Who judges, by the metrics of perception that were measured."""
    records = [run.record for board in boards for row in board.rows for run in row.experiment.finished]
    said = JUDGES | {metric: judge for record in records for metric, judge in (record.get("judges") or {}).items()}
    measured = dict.fromkeys(metric for board in boards for metric in board.metrics)
    return {metric: said[metric] for metric in measured if metric in said}


def _plane(metric: str, judge: str, boards: Sequence[Leaderboard], reference: Row | None) -> Plane:
    points = [
        Point(
            row,
            board.setting["variant"],
            _bar(row, reference, DISTORTION),
            _bar(row, reference, metric),
            _learns_by(row, metric, judge),
        )
        for board in boards
        for row in board.rows
        if all(isfinite(row.means.get(name, float("nan"))) for name in (DISTORTION, metric))
    ]
    better = sign(metric, [point.row for point in points])
    scores = {number: (-each.distortion.mean, better * each.perception.mean) for number, each in enumerate(points)}
    return Plane(metric, judge, better, points, [*front(scores)])


def _bar(row: Row, reference: Row | None, metric: str) -> Bar:
    found = row_difference(row, reference, metric) if reference and reference is not row else None
    reach = found and found.high - found.mean
    return Bar(row.means[metric], reach if reach is not None and isfinite(reach) else None)


def _learns_by(row: Row, metric: str, judge: str) -> bool:
    """Whether an experiment has a loss of the metric's name, or one through the network that judges."""
    losses = (row.experiment.facts.get("config") or {}).get("loss") or {}
    kind, _, rest = judge.partition(" ")
    return metric in losses or any(
        target.rpartition(".")[2] == kind and (kind != "Encoder" or run == rest) for target, run in _networks(losses)
    )


def _networks(node: Any) -> Iterator[tuple[str, Any]]:
    """Every `_target_` below a node, with the run that it names."""
    if isinstance(node, dict):
        if isinstance(node.get("_target_"), str):
            yield node["_target_"], node.get("run")
        for value in node.values():
            yield from _networks(value)
