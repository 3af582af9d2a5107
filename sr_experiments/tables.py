"""The tables of a run, `scores.csv` and `metrics.csv`, and files that are written whole or not at all."""

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any, TextIO

CURVE_COLUMNS: tuple[str, ...] = ("step", "seconds", "name", "value")
WAY = ("benchmark", "scale", "degradation", "protocol", "key", "variant")
SCORE_COLUMNS = (
    "benchmark",
    "image",
    "scale",
    "degradation",
    "protocol",
    "key",
    "variant",
    "sample",
    "metric",
    "value",
)
SET = "*"  # in the place of an image: the value is one of all images together
_TAIL = 16_384


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with _whole(path) as file:
        file.write(text)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of `path` once it is written, or leaves nothing."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, none where there is no file; a last line cut short is left out."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        try:
            columns, *rows = list(csv.reader(file)) or [[]]
        except csv.Error as error:
            raise ValueError(f"{path.name} is no table that can be read ({error})") from None
    return [dict(zip(columns, row, strict=True)) for row in rows if len(row) == len(columns)]


def latest(folder: Path) -> dict[str, dict[str, str]]:
    """The newest row of each curve in a run's `metrics.csv`, by name; of a long file its last part alone is read."""
    path = folder / "metrics.csv"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        lines = file.read().decode(errors="replace").split("\n")[1:-1]
    rows = [dict(zip(CURVE_COLUMNS, row, strict=True)) for row in csv.reader(lines) if len(row) == len(CURVE_COLUMNS)]
    return {row["name"]: row for row in rows}


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a CSV file whole or not at all."""
    with _whole(path) as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def keep_curves(path: Path, until: int) -> None:
    """Begin `metrics.csv`, or drop its rows after optimizer step `until`."""
    write_rows(path, CURVE_COLUMNS, [row for row in read_rows(path) if int(row["step"]) <= until])


def averages(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The mean of each metric over the images of each benchmark, and their samples, as they stand in `run.json`."""
    columns = (*WAY, "metric")
    groups: defaultdict[tuple[Any, ...], defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[tuple(row.get(column, "") for column in columns)][row["image"]].append(float(row["value"]))
    return [_average(dict(zip(columns, group, strict=True)), images) for group, images in groups.items()]


def _average(about: dict[str, Any], images: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    mean = fmean(map(fmean, images.values()))
    return {**about, "scale": _number(about["scale"]), "value": mean, "images": len(images)}


def _number(text: Any) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value
