"""Leaderboards: which experiment is better, and by how much."""

from collections.abc import Sequence
from math import inf
from statistics import mean, stdev
from typing import Any, NamedTuple

from sr_experiments.report.published import PublishedScore, published
from sr_experiments.report.runs import Experiment
from sr_experiments.report.statistics import Difference, corrected, difference, verdict
from sr_experiments.report.table import text_table

SETTING = ("benchmark", "scale", "degradation", "protocol", "variant")

Values = dict[str, dict[int, dict[str, float]]]  # by metric, by seed, by image


class Row(NamedTuple):
    """One experiment's place: means over seeds of the means over images."""

    name: str
    seeds: int
    values: dict[str, float]
    deviation: float | None
    difference: Difference | None
    published: PublishedScore | None
    marks: list[str]
    parameters: int | None
    train_seconds: float
    selection_saw: bool


class Leaderboard(NamedTuple):
    """Experiments measured in the same way, best first by the first metric."""

    setting: dict[str, str]
    metrics: list[str]
    baseline: str | None
    rows: list[Row]


def leaderboards(experiments: Sequence[Experiment], baseline: str) -> list[Leaderboard]:
    """A leaderboard for each way in which anything was measured; ways are never mixed."""
    measured: dict[tuple[str, ...], dict[str, Values]] = {}
    for experiment in experiments:
        for run in experiment.finished:
            for score in run.scores:
                values = measured.setdefault(tuple(score[key] for key in SETTING), {}).setdefault(experiment.name, {})
                images = values.setdefault(score["metric"], {}).setdefault(run.record["seed"], {})
                images[score["image"]] = float(score["value"])
    known = {experiment.name: experiment for experiment in experiments}
    return [
        _leaderboard(dict(zip(SETTING, setting, strict=True)), names, known, baseline)
        for setting, names in sorted(measured.items())
    ]


def _leaderboard(
    setting: dict[str, str], measured: dict[str, Values], known: dict[str, Experiment], baseline: str
) -> Leaderboard:
    metrics = list(dict.fromkeys(metric for values in measured.values() for metric in values))
    reference = next((name for name in measured if name == baseline or name.split()[0] == baseline), None)
    rows = [_row(known[name], values, metrics[0], setting) for name, values in measured.items()]
    rows.sort(key=lambda row: -row.values.get(metrics[0], -inf))
    if reference:
        others = [row for row in rows if row.name != reference and metrics[0] in measured[row.name]]
        theirs = measured[reference].get(metrics[0], {})
        found = corrected([difference(measured[row.name][metrics[0]], theirs) for row in others])
        by_name = dict(zip([row.name for row in others], found, strict=True))
        rows = [row._replace(difference=by_name.get(row.name)) for row in rows]
    return Leaderboard(setting, metrics, reference, rows)


def _row(experiment: Experiment, values: Values, first: str, setting: dict[str, str]) -> Row:
    means = {metric: [mean(images.values()) for images in seeds.values()] for metric, seeds in values.items()}
    facts = experiment.finished[0].record
    network, data = (facts["choices"].get(choice) or "" for choice in ("model", "data"))
    found = published(network, float(setting["scale"]), setting["benchmark"], setting["protocol"], data)
    score, marks = found or (None, [])
    return Row(
        name=experiment.name,
        seeds=len(values.get(first, {})),
        values={metric: mean(over_seeds) for metric, over_seeds in means.items()},
        deviation=stdev(means[first]) if len(means.get(first, [])) > 1 else None,
        difference=None,
        published=score,
        marks=marks,
        parameters=facts["parameters"],
        train_seconds=mean(run.record["timings"]["train_seconds"] for run in experiment.finished),
        selection_saw=any(setting["benchmark"] in run.record.get("selection_saw", []) for run in experiment.finished),
    )


def title(board: Leaderboard) -> str:
    """What a leaderboard compares, in a line."""
    setting = board.setting
    return f"{setting['benchmark']} ×{setting['scale']}, {setting['degradation']}, {setting['protocol']} protocol" + (
        "" if setting["variant"] == "plain" else f", {setting['variant']}"
    )


def cells(board: Leaderboard) -> tuple[list[str], list[list[str]]]:
    """A leaderboard's header and rows as text."""
    first, *others = board.metrics
    header = ["experiment", "seeds", first, "±", *others, "published", "parameters", "training s"]
    return [*header, f"difference to {board.baseline or 'baseline'}"], [
        _cells(row, first, others) for row in board.rows
    ]


def _cells(row: Row, first: str, others: Sequence[str]) -> list[str]:
    return [
        f"{row.name} †" if row.selection_saw else row.name,
        str(row.seeds),
        _number(row.values.get(first), ".2f"),
        _number(row.deviation, ".2f"),
        *(_number(row.values.get(metric), ".4f") for metric in others),
        _published(row, first),
        _number(row.parameters, ","),
        _number(row.train_seconds, ".0f"),
        "–" if row.difference is None else verdict(row.difference, " dB" if first == "psnr" else "", 2),
    ]


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _published(row: Row, first: str) -> str:
    """The published PSNR and how far ours is from it, starred where something else was measured."""
    if row.published is None or first != "psnr" or first not in row.values:
        return "–"
    gap = round(row.values[first] - row.published.psnr, 2) + 0.0
    return f"{row.published.psnr:.2f}{'*' * bool(row.marks)} ({gap:+.2f})"


def notes(board: Leaderboard) -> list[str]:
    """What the stars beside published scores and the daggers mean."""
    stars = [f"* {row.name}: {'; '.join(row.marks)}" for row in board.rows if row.marks]
    seen = [row.name for row in board.rows if row.selection_saw]
    return [*stars, *(f"† {name}: images of this benchmark chose its weights" for name in seen)]


def text(board: Leaderboard) -> str:
    """A leaderboard for the terminal."""
    return "\n".join([title(board), text_table(*cells(board)), *notes(board)])


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
