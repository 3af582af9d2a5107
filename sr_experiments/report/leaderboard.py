"""Leaderboards: which experiment is better, and by how much."""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any, NamedTuple

from sr_experiments.record import averages
from sr_experiments.report.runs import Experiment
from sr_experiments.report.table import text_table

SETTING = ("benchmark", "scale", "degradation", "protocol", "variant")


class Row(NamedTuple):
    """One experiment's place: means over seeds of the means over images."""

    name: str
    seeds: int
    values: dict[str, float]
    deviation: float | None
    gain: float | None
    parameters: int | None
    train_seconds: float


class Leaderboard(NamedTuple):
    """Experiments measured in the same way, best first by the first metric."""

    setting: dict[str, str]
    metrics: list[str]
    baseline: str | None
    rows: list[Row]


def leaderboards(experiments: Sequence[Experiment], baseline: str) -> list[Leaderboard]:
    """A leaderboard for each way in which anything was measured; ways are never mixed."""
    measured: dict[tuple[str, ...], dict[str, list[dict[str, float]]]] = {}
    for experiment in experiments:
        for run in experiment.finished:
            for setting, values in _by_setting(run.scores).items():
                measured.setdefault(setting, {}).setdefault(experiment.name, []).append(values)
    known = {experiment.name: experiment for experiment in experiments}
    return [_leaderboard(setting, names, known, baseline) for setting, names in sorted(measured.items())]


def _by_setting(scores: Sequence[dict[str, str]]) -> dict[tuple[str, ...], dict[str, float]]:
    settings: dict[tuple[str, ...], dict[str, float]] = {}
    for average in averages(scores):
        settings.setdefault(tuple(str(average[key]) for key in SETTING), {})[average["metric"]] = average["value"]
    return settings


def _leaderboard(
    setting: tuple[str, ...], measured: dict[str, list[dict[str, float]]], known: dict[str, Experiment], baseline: str
) -> Leaderboard:
    metrics = list(dict.fromkeys(metric for seeds in measured.values() for values in seeds for metric in values))
    means = {
        name: {metric: mean(values[metric] for values in seeds if metric in values) for metric in seeds[0]}
        for name, seeds in measured.items()
    }
    reference = next((name for name in means if name == baseline or name.split()[0] == baseline), None)
    first = metrics[0]
    rows = [
        Row(
            name=name,
            seeds=len(seeds),
            values=means[name],
            deviation=stdev(values[first] for values in seeds) if len(seeds) > 1 else None,
            gain=means[name][first] - means[reference][first] if reference else None,
            parameters=known[name].finished[0].record["parameters"],
            train_seconds=mean(run.record["timings"]["train_seconds"] for run in known[name].finished),
        )
        for name, seeds in measured.items()
    ]
    rows.sort(key=lambda row: -row.values[first])
    return Leaderboard(dict(zip(SETTING, setting, strict=True)), metrics, reference, rows)


def title(board: Leaderboard) -> str:
    """What a leaderboard compares, in a line."""
    setting = board.setting
    return f"{setting['benchmark']} ×{setting['scale']}, {setting['degradation']}, {setting['protocol']} protocol" + (
        "" if setting["variant"] == "plain" else f", {setting['variant']}"
    )


def cells(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """A leaderboard's header and rows as text."""
    first, *others = board.metrics
    header = [
        "experiment",
        "seeds",
        first,
        "±",
        f"to {board.baseline or 'baseline'}",
        *others,
        "parameters",
        "training s",
    ]
    return header, [_cells(row, first, others) for row in board.rows]


def _cells(row: Row, first: str, others: Sequence[str]) -> list[str]:
    def number(value: float | None, form: str) -> str:
        return "–" if value is None else format(value, form)

    return [
        row.name,
        str(row.seeds),
        number(row.values.get(first), ".2f"),
        number(row.deviation, ".2f"),
        number(row.gain, "+.2f"),
        *(number(row.values.get(metric), ".4f") for metric in others),
        number(row.parameters, ","),
        f"{row.train_seconds:.0f}",
    ]


def text(board: Leaderboard) -> str:
    """A leaderboard for the terminal."""
    return f"{title(board)}\n{text_table(*cells(board))}"


def pictures(experiments: Sequence[Experiment]) -> dict[str, dict[str, Any]]:
    """By measured image: `target` and `input`, and `outputs` by experiment, as paths of PNG files."""
    found: dict[str, dict[str, Any]] = {}
    for experiment in experiments:
        for run in experiment.finished[:1]:
            for output in sorted((run.folder / "images").rglob("output.png")):
                name = f"{output.parent.relative_to(run.folder / 'images').as_posix()} ×{run.record['config']['scale']}"
                entry = found.setdefault(name, {"target": output.with_name("target.png"), "outputs": {}})
                entry["input"] = output.with_name("input.png")
                entry["outputs"][experiment.name] = output
    return found
