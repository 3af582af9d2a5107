"""Tables for the terminal."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from sr_experiments.legible import legible
from sr_experiments.tables import SET


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their contents, the first to the left, the others to the right."""
    lines = [list(map(legible, line)) for line in (header, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def score_table(rows: Sequence[Mapping[str, Any]], baseline: Sequence[Mapping[str, Any]] = ()) -> str:
    """Scores of every measured image and their mean by benchmark, beside those of bicubic interpolation if given."""
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    table = []
    for benchmark in dict.fromkeys(row["benchmark"] for row in rows):
        ours, bicubic = (_by_image(part, benchmark) for part in (rows, baseline))
        for image in [*filter(SET.__ne__, ours), "mean"]:
            values = [_value(ours, image, metric) for metric in metrics]
            reference = [_value(bicubic, image, metric) for metric in metrics if bicubic]
            gain = [_gain(values[0], reference[0])] if reference else []
            table.append([f"{benchmark}/{image}", *map(_number, [*values, *reference]), *gain])
    extra = [*(f"bicubic {metric}" for metric in metrics), "gain"] if baseline else []
    return text_table(["image", *metrics, *extra], table)


def _by_image(rows: Sequence[Mapping[str, Any]], benchmark: str) -> dict[str, dict[str, float]]:
    """Of each image the values by metric, means over its samples."""
    images: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        if row["benchmark"] == benchmark:
            images.setdefault(row["image"], {}).setdefault(row["metric"], []).append(float(row["value"]))
    return {image: {name: fmean(values) for name, values in metrics.items()} for image, metrics in images.items()}


def _value(images: dict[str, dict[str, float]], image: str, metric: str) -> float | None:
    """Of an image, or the mean over those that have one; None of a metric that an image has none of."""
    chosen = list(images.values()) if image == "mean" else [images.get(image, {})]
    values = [scores[metric] for scores in chosen if metric in scores]
    return fmean(values) if values else None


def _gain(ours: float | None, theirs: float | None) -> str:
    return "" if ours is None or theirs is None else f"{ours - theirs:+.2f}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if abs(value) >= 2 else f"{value:.4f}"
