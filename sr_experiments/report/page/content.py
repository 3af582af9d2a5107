"""What the page's figures are drawn from, as plain values."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

from sr_experiments.report.costs import COSTS
from sr_experiments.report.curves import lines
from sr_experiments.report.hyperparameters import ENOUGH, Table, importance, varied_settings
from sr_experiments.report.leaderboard import Leaderboard, Row, row_difference, sign
from sr_experiments.report.learning import learning_curves
from sr_experiments.report.networks import read_facts
from sr_experiments.report.page.records import describe
from sr_experiments.report.pareto import front
from sr_experiments.report.plane import Plane, planes
from sr_experiments.report.published import published_scores
from sr_experiments.report.runs import Experiment
from sr_experiments.report.samples import sample_values
from sr_experiments.report.statistics import Difference
from sr_experiments.report.text import difference_text, title

PAIRED = 12  # the best rows of a leaderboard, each tested against each
PALETTE = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#17a2b8", "#9c755f", "#d37295", "#a0a000"]
GREY = "#7f7f7f"

Plain = dict[str, Any]


def content(experiments: Sequence[Experiment], boards: Sequence[Leaderboard], crops: Sequence[Any]) -> Plain:
    """Everything that is not in the tables; experiments and runs go by their numbers."""
    numbers = {experiment.name: number for number, experiment in enumerate(experiments)}
    runs = [(number, run) for number, experiment in enumerate(experiments) for run in experiment.runs]
    return {
        "experiments": [experiment.name for experiment in experiments],
        "colors": colors(experiments, boards),
        "runs": [describe(experiments[number].name, number, run) for number, run in runs],
        "boards": [_board(board, numbers, shown) for board, shown in zip(boards, crops, strict=True)],
        "curves": [
            {name: line._asdict() for name, line in sorted(lines(experiment).items())} for experiment in experiments
        ],
        "learning": [_learning(board) for board in boards],
        "planes": [[_plane(plane, numbers) for plane in planes(board, boards)] for board in boards],
        "palette": PALETTE,
    }


def _plane(plane: Plane, numbers: dict[str, int]) -> Plain:
    points = [
        {
            "experiment": numbers[point.row.name],
            "variant": point.variant,
            "distortion": point.distortion._asdict(),
            "perception": point.perception._asdict(),
            "learnt": point.learnt,
        }
        for point in plane.points
    ]
    return plane._asdict() | {"points": points}


def _learning(board: Leaderboard) -> Plain | None:
    found = learning_curves(board)
    if found is None:
        return None
    points = {name: [point._asdict() for point in line] for name, line in found.lines.items()}
    return found._asdict() | {"lines": points}


def colors(experiments: Sequence[Experiment], boards: Sequence[Leaderboard]) -> list[str]:
    """A color for each experiment: grey for baselines; the best of the first leaderboard differ most."""
    baselines = {board.baseline for board in boards if board.setting["variant"] == "plain"}
    ranked = [row.name for board in boards for row in board.rows] + [experiment.name for experiment in experiments]
    others = [name for name in dict.fromkeys(ranked) if name not in baselines]
    place = {name: PALETTE[number % len(PALETTE)] for number, name in enumerate(others)}
    return [place.get(experiment.name, GREY) for experiment in experiments]


def _board(board: Leaderboard, numbers: dict[str, int], shown: Any) -> Plain:
    images = list(dict.fromkeys(name for row in board.rows for name in _images(row, board.metrics[0])))
    return {
        "title": title(board),
        "metrics": board.metrics,
        "images": images,
        "baseline": board.baseline and numbers[board.baseline],
        "rows": [_row(row, numbers[row.name], board.metrics, images) for row in board.rows],
        "samples": {numbers[row.name]: values for row in board.rows if (values := sample_values(row, board.setting))},
        "fronts": {
            metric: {cost.key: _front(board, metric, cost.key, numbers) for cost in COSTS} for metric in board.metrics
        },
        "published": list(_published(board)),
        "verdicts": {metric: _verdicts(board, metric, numbers) for metric in board.metrics},
        "settings": _settings(board),
        "crops": [
            crop | {part: {numbers[name]: key for name, key in crop[part].items()} for part in ("outputs", "strips")}
            for crop in shown["crops"]
        ],
        "cropsOf": shown["of"],
    }


def _images(row: Row, metric: str) -> Iterator[str]:
    for images in row.values.get(metric, {}).values():
        yield from images


def _row(row: Row, number: int, metrics: Sequence[str], images: Sequence[str]) -> Plain:
    return {
        "experiment": number,
        "means": {metric: _number(value) for metric, value in row.means.items()},
        "deviations": row.deviations,
        "costs": row.costs,
        "scores": {metric: [_over_seeds(row, metric, image) for image in images] for metric in metrics},
    }


def _over_seeds(row: Row, metric: str, image: str) -> float | None:
    values = [found[image] for found in row.values.get(metric, {}).values() if image in found]
    return _number(sum(values) / len(values)) if values else None


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if isfinite(value) else None


def _front(board: Leaderboard, metric: str, cost: str, numbers: dict[str, int]) -> list[int]:
    """The experiments on the front; what costs nothing is a baseline and no point on a logarithmic axis."""
    direction = sign(metric, board.rows)
    points = {
        numbers[row.name]: (spent, direction * row.means[metric])
        for row in board.rows
        if (spent := row.costs[cost]) and isfinite(row.means.get(metric, float("nan")))
    }
    return list(front(points))


def _published(board: Leaderboard) -> Iterator[Plain]:
    """What papers score in the same way, with what our copies of their networks cost."""
    setting, known = board.setting, read_facts()["networks"]
    wanted = (setting["benchmark"], setting["protocol"], float(setting["scale"]))
    if setting["degradation"] != "bicubic":
        return
    for score in published_scores():
        costs = known.get(score.network)
        if (score.benchmark, score.protocol, float(score.scale)) == wanted and costs:
            yield {
                "name": f"{score.network} ({score.training_data or 'no training'})",
                "psnr": score.psnr,
                "ssim": score.ssim,
                "parameters": costs["parameters_in_use"].get(str(score.scale)),
                "multiply_adds": costs["multiply_adds"].get(str(score.scale)),
            }


def _verdicts(board: Leaderboard, metric: str, numbers: dict[str, int]) -> dict[str, str]:
    """The verdict on pairs, by `A-B`: all among the best rows, and every row against the baseline."""
    found = {(a.name, b.name): row_difference(a, b, metric) for a, b in combinations(board.rows[:PAIRED], 2)}
    if board.baseline and metric == board.metrics[0]:
        found |= {(row.name, board.baseline): row.uncorrected for row in board.rows if row.uncorrected}
    verdicts = {}
    for (a, b), difference in found.items():
        if difference:
            verdicts[f"{numbers[a]}-{numbers[b]}"] = difference_text(difference, metric)
            verdicts[f"{numbers[b]}-{numbers[a]}"] = difference_text(_turned(difference), metric)
    return verdicts


def _turned(found: Difference) -> Difference:
    return found._replace(
        mean=-found.mean, low=-found.high, high=-found.low, seeds=found.seeds[::-1], trained=found.trained[::-1]
    )


def _settings(board: Leaderboard) -> Plain:
    """The settings in which what learns differs, and for each metric what they are worth."""
    places = [place for place, row in enumerate(board.rows) if row.costs["parameters"] != 0]
    rows = [board.rows[place] for place in places]
    table = varied_settings([row.experiment for row in rows])
    return {
        "rows": places,
        "table": table,
        "importance": {metric: _importance(table, rows, metric) for metric in board.metrics},
        "enough": ENOUGH,
    }


def _importance(table: Table, rows: Sequence[Row], metric: str) -> dict[str, float]:
    scored = [place for place, row in enumerate(rows) if isfinite(row.means.get(metric, float("nan")))]
    some = {key: [column[place] for place in scored] for key, column in table.items()}
    return importance(some, [sign(metric, rows) * rows[place].means[metric] for place in scored])
