"""What a comparison says of few images, other domains and other degradations, by what its experiments differ in."""

from collections.abc import Sequence
from typing import NamedTuple

from sr_experiments.report.hyperparameters import varied_settings
from sr_experiments.report.leaderboard import Leaderboard, Row
from sr_experiments.report.statistics import Difference
from sr_experiments.report.text import difference_text

AXES = {"data.images": "training images", "data.fraction": "share of the training images"}
MEASURED = {"data": "benchmark", "degradation": "degradation"}  # what stands for a choice where it is measured


class Point(NamedTuple):
    """An experiment on a learning curve: how many images (or which share of them) it learnt from, and its score.

    Where there is a baseline, the score is the difference to it, with its 95 % interval.
    """

    experiment: str
    images: float
    mean: float
    low: float
    high: float


class LearningCurves(NamedTuple):
    """Scores over images, a line for each setting; `baseline`: what scores are differences to."""

    axis: str
    baseline: str | None
    lines: dict[str, list[Point]]


class Cell(NamedTuple):
    """What learning from one is worth on another: a difference in words, whether it is shown, whether on its own."""

    text: str
    shown: bool
    own: bool


class Matrix(NamedTuple):
    """Experiments that learnt from different sets or degradations, each measured on several, against a baseline."""

    baseline: str
    columns: list[str]
    rows: dict[str, list[Cell | None]]


def learning_curves(board: Leaderboard) -> LearningCurves | None:
    """The learning curves of a leaderboard by its first metric; None where experiments learn from as many images."""
    rows = [row for row in board.rows if row.costs["parameters"] != 0]
    settings = varied_settings([row.experiment for row in rows])
    axis = next((key for key in AXES if key in settings), None)
    if axis is None:
        return None
    others = {key: column for key, column in settings.items() if key != axis}
    lines: dict[str, list[Point]] = {}
    for place, row in enumerate(rows):
        point = _point(row, settings[axis][place], board)
        if point:
            named = [f"{key.rpartition('.')[2]}={column[place]}" for key, column in others.items()]
            lines.setdefault(" ".join(named) or "all", []).append(point)
    curves = {name: sorted(points, key=lambda point: point.images) for name, points in sorted(lines.items())}
    return LearningCurves(AXES[axis], board.baseline, curves)


def _point(row: Row, images: object, board: Leaderboard) -> Point | None:
    """None where it learnt from all images, however many these are, or has no score."""
    mean = row.means.get(board.metrics[0])
    if not isinstance(images, int | float) or mean is None:
        return None
    if row.name == board.baseline:
        return Point(row.name, images, 0.0, 0.0, 0.0)
    found = row.uncorrected
    bounds = (found.mean, found.low, found.high) if found and found.p is not None else (mean, mean, mean)
    return Point(row.name, images, *bounds)


def domains(boards: Sequence[Leaderboard], labels: Sequence[str]) -> Matrix | None:
    """The matrix of training sets and benchmarks, or of degradations where all learnt from one set.

    None where neither differs, or nothing is compared.
    """
    first = boards[0].baseline if boards else None
    compared = [(board, label) for board, label in zip(boards, labels, strict=True) if board.baseline == first]
    rows = [row for board, _ in compared for row in board.rows if row.costs["parameters"] != 0]
    choices = {row.name: row.experiment.facts["choices"] for row in rows}
    axis = next((axis for axis in MEASURED if len({each.get(axis) for each in choices.values()}) > 1), None)
    if first is None or len(compared) < 2 or axis is None:
        return None
    cells = {
        name: [_cell(board, name, board.setting[MEASURED[axis]] == learnt[axis]) for board, _ in compared]
        for name, learnt in sorted(choices.items())
        if name != first
    }
    return Matrix(first, [label for _, label in compared], cells)


def _cell(board: Leaderboard, name: str, own: bool) -> Cell | None:
    found = next((row.difference for row in board.rows if row.name == name), None)
    return Cell(_words(found, board.metrics[0]), found.shown, own) if found else None


def _words(found: Difference, metric: str) -> str:
    return difference_text(found, metric).removeprefix("no difference shown: ").partition(" on ")[0]
