"""Samples of an image, the level below images and seeds: what they scatter, and what theory asks of them."""

from collections.abc import Iterator
from math import isfinite, log10, sqrt
from statistics import fmean, variance
from typing import NamedTuple

from sr_experiments.report.leaderboard import Leaderboard, Row
from sr_experiments.report.runs import Run
from sr_experiments.tables import WAY


class Scatter(NamedTuple):
    """How many `samples` an image has, their standard `deviation` within images, and the `error` that they leave.

    `error`: the standard error of the row's mean over all samples, images and seeds that is due to the samples; it is
    part of what images scatter, and so of every interval.
    """

    samples: int
    deviation: float
    error: float


def scatter(row: Row, setting: dict[str, str], metric: str) -> Scatter | None:
    """Of a metric of a row; None where no image has two samples."""
    drawn = [list(samples.values()) for run in row.experiment.finished for samples in _drawn(run, setting, metric)]
    drawn = [values for values in drawn if len(values) > 1 and all(map(isfinite, values))]
    if not drawn:
        return None
    within = fmean(map(variance, drawn))
    samples = min(map(len, drawn))
    return Scatter(samples, sqrt(within), sqrt(within / (samples * len(drawn))))


def sample_values(row: Row, setting: dict[str, str]) -> dict[str, dict[str, dict[str, float]]]:
    """The scores of each sample of the row's first run, by image, metric and number."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for score in _samples(row.experiment.finished[0], setting):
        if isfinite(value := float(score["value"])):
            found.setdefault(score["image"], {}).setdefault(score["metric"], {})[score["sample"]] = value
    return found


def sample_notes(board: Leaderboard) -> list[str]:
    """What the samples of each row scatter, and how much they lose against their mean."""
    metric = board.metrics[0]
    return [_note(board, row, found) for row in board.rows if (found := scatter(row, board.setting, metric))]


def _note(board: Leaderboard, row: Row, found: Scatter) -> str:
    decibels = board.metrics[0] == "psnr"
    unit = " dB" if decibels else ""
    said = f"{row.name}: the {found.samples} samples of an image scatter by {found.deviation:.2g}{unit}, which leaves "
    said += f"{found.error:.2g}{unit} of the mean unsure"
    loss = _loss(row, board.setting) if decibels else None
    ideal = 10 * log10(2 / (1 + 1 / found.samples))
    return (
        said
        if loss is None
        else f"{said}; a sample loses {loss:.2f} dB against their mean, an ideal one {ideal:.2f} dB"
    )


def _loss(row: Row, setting: dict[str, str]) -> float | None:
    """By how much the mean of samples has more PSNR than a sample, on the images of the row."""
    of_mean = setting | {"variant": f"{setting['variant']}_mean"}
    seeds = row.values.get("psnr", {})
    pairs = [
        (float(score["value"]), seeds[run.record["seed"]][score["image"]])
        for run in row.experiment.finished
        for score in run.scores
        if score["metric"] == "psnr" and _is_of(score, of_mean) and score["image"] in seeds.get(run.record["seed"], {})
    ]
    return fmean(mean - sample for mean, sample in pairs) if pairs else None


def _drawn(run: Run, setting: dict[str, str], metric: str) -> Iterator[dict[str, float]]:
    """The samples of each image of a run, by number."""
    images: dict[str, dict[str, float]] = {}
    for score in _samples(run, setting):
        if score["metric"] == metric:
            images.setdefault(score["image"], {})[score["sample"]] = float(score["value"])
    yield from images.values()


def _samples(run: Run, setting: dict[str, str]) -> Iterator[dict[str, str]]:
    return (score for score in run.scores if score["sample"] and _is_of(score, setting))


def _is_of(score: dict[str, str], setting: dict[str, str]) -> bool:
    return all(score[key] == setting[key] for key in WAY)
