"""The leaderboards as the page shows them."""

from collections.abc import Sequence
from itertools import zip_longest
from math import isfinite
from typing import NamedTuple

from sr_experiments.report.costs import COSTS, short
from sr_experiments.report.leaderboard import SETTING, Leaderboard, Row, sign
from sr_experiments.report.runs import Experiment
from sr_experiments.report.text import difference_text, digits, notes, title


class Cell(NamedTuple):
    """A text, a smaller one behind it, and the value that the column is sorted by."""

    text: str
    small: str = ""
    value: float | str = ""


class Column(NamedTuple):
    """A header, what it means, and how rows stand by it at first (ARIA's names)."""

    title: str
    meaning: str = ""
    order: str = "none"


class Interval(NamedTuple):
    """Where a difference lies between the least and the largest bound of its table, in percent."""

    zero: float
    bounds: tuple[float, float]
    mean: float
    shown: bool
    text: str
    small: str
    value: float


class TableRow(NamedTuple):
    """A line of a leaderboard."""

    experiment: int
    name: str
    color: str
    doubts: list[str]
    cells: list[Cell]
    interval: Interval | None


class Table(NamedTuple):
    """A leaderboard: the label of its tab, and what stands in it."""

    label: str
    title: str
    baseline: str | None
    columns: list[Column]
    rows: list[TableRow]
    notes: list[str]


def tables(boards: Sequence[Leaderboard], experiments: Sequence[Experiment], colors: Sequence[str]) -> list[Table]:
    """A table for each leaderboard, named by what sets it apart."""
    numbers = {experiment.name: number for number, experiment in enumerate(experiments)}
    return [
        Table(
            label(board, boards),
            title(board),
            board.baseline,
            list(_columns(board)),
            [_row(board, row, numbers[row.name], colors) for row in board.rows],
            notes(board) + [f"latency: {board.conditions}"] * bool(board.conditions),
        )
        for board in boards
    ]


def label(board: Leaderboard, boards: Sequence[Leaderboard]) -> str:
    """The name of a tab: benchmark and scale, and what else differs between the tabs."""
    names = [name for name in SETTING[2:] if name != "key"]
    more = [name for name in names if len({other.setting[name] for other in boards}) > 1]
    parts = [f"{board.setting['benchmark']} ×{board.setting['scale']}", *(board.setting[name] for name in more)]
    return " · ".join(filter(None, [*parts, board.differing]))


def _columns(board: Leaderboard) -> list[Column]:
    orders = ["ascending" if sign(board.metrics[0], board.rows) < 0 else "descending"]
    metrics = [
        Column(metric.upper().replace("_", "-"), "mean over images and seeds ± deviation over seeds", order)
        for metric, order in zip_longest(board.metrics, orders, fillvalue="none")
    ]
    published = [Column("published", "what the paper prints, and how far ours is from it; * measured in another way")]
    costs = [Column(cost.title) for cost in COSTS if _known(board, cost.key)]
    gap = [Column("gap", "how much further above bicubic training images are than validation's, in dB")] * _gaps(board)
    return [*metrics, *published * _compared_with_papers(board), *gap, *costs, Column("runs")]


def _gaps(board: Leaderboard) -> bool:
    return any(row.gap is not None for row in board.rows)


def _compared_with_papers(board: Leaderboard) -> bool:
    return any(row.published for row in board.rows)


def _known(board: Leaderboard, cost: str) -> bool:
    return cost != "latency_ms" or any(row.costs[cost] is not None for row in board.rows)


def _row(board: Leaderboard, row: Row, number: int, colors: Sequence[str]) -> TableRow:
    metrics = [_metric(row, metric) for metric in board.metrics]
    costs = [
        Cell(short(row.costs[cost.key], cost.unit), "", _sorting(row.costs[cost.key]))
        for cost in COSTS
        if _known(board, cost.key)
    ]
    published = [_published(row)] * _compared_with_papers(board)
    gap = [Cell("–" if row.gap is None else f"{row.gap:+.2f}", "", _sorting(row.gap))] * _gaps(board)
    cells = [*metrics, *published, *gap, *costs, Cell(row.experiment.state, "", len(row.experiment.runs))]
    return TableRow(number, row.name, colors[number], row.doubts, cells, _interval(board, row))


def _metric(row: Row, metric: str) -> Cell:
    value, deviation = row.means.get(metric), row.deviations.get(metric)
    form = f".{digits(metric)}f"
    if value is None:
        return Cell("–")
    return Cell(format(value, form), "" if deviation is None else f"± {deviation:{form}}", _sorting(value))


def _sorting(value: float | None) -> float | str:
    return "" if value is None or value != value else value


def _published(row: Row) -> Cell:
    if row.published is None or "psnr" not in row.means:
        return Cell("–")
    gap = round(row.means["psnr"] - row.published.psnr, 2) + 0.0
    return Cell(f"{row.published.psnr:.2f}{'*' * bool(row.marks)}", f"{gap:+.2f}", gap)


def _interval(board: Leaderboard, row: Row) -> Interval | None:
    found = row.difference
    if found is None:
        return None
    bounds = [
        bound
        for other in board.rows
        if other.difference
        for bound in (other.difference.low, other.difference.high)
        if isfinite(bound)
    ]
    low, high = min(0.0, found.mean, *bounds), max(0.0, found.mean, *bounds)
    span = high - low or 1.0
    ends = (max(found.low, low), found.mean, min(found.high, high)) if found.p is not None else 3 * [found.mean]
    zero, *bounds = (round(100 * (value - low) / span, 1) for value in (0.0, *ends))
    words, _, counted = difference_text(found, board.metrics[0]).partition(" on ")
    return Interval(zero, (bounds[0], bounds[2]), bounds[1], found.shown, words, f"on {counted}", found.mean)
