"""What a run leaves behind, written and read with the standard library alone.

A run directory holds `config.yaml`, `run.json`, `metrics.csv`, `scores.csv`, `weights.safetensors`, `checkpoints/`,
`images/` and `console.log`; docs/run_directory.md describes them.
"""

import csv
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any, TextIO

from sr_experiments.environment import environment
from sr_experiments.lock import LOCK, RECORD_LOCK, is_locked, writing
from sr_experiments.schema import check
from sr_experiments.trained import run_folder

Record = dict[str, Any]

FORMAT = 2
READABLE = (1, FORMAT)
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

# What cannot change the trained network; data.train, data.val and the like enter as the key of their content.
NO_PART_OF_THE_EXPERIMENT = (
    "seed",
    "name",
    "data_root",
    "output_dir",
    "resume",
    "trust",
    "audit",
    "logger",
    "benchmark",
    "protocol",
    "metrics",
    "callbacks.last",
    "callbacks.progress",
    "trainer.log_every_n_steps",
    "data.train",
    "data.val",
    "data.train_low",
    "data.val_low",
    "data.workers",
    "data.on_bad",
    "data.max_pixels",
    "data.store",
)
ADDED = ("tile", "data.reader", "weights_parts")  # settings that earlier configs lack: null is as if they did


def signature(config: Record, data_key: str) -> str:
    """What identifies an experiment: twelve hexadecimal digits of a resolved config and the content of its data."""
    parts = json.loads(json.dumps(config))
    for key in (*NO_PART_OF_THE_EXPERIMENT, *ADDED):
        *path, last = key.split(".")
        node = parts
        for name in path:
            node = node.get(name) or {}
        if key not in ADDED or node.get(last) is None:
            node.pop(last, None)
    text = json.dumps([_by_content(parts), data_key], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _by_content(node: Any) -> Any:
    """A config in which whatever names a file or a run, such as a criterion's teacher, is the hash of what it holds."""
    if isinstance(node, dict):
        return {key: _by_content(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_by_content(value) for value in node]
    if not isinstance(node, str) or not {".", "/"} & set(node):
        return node
    named = Path(os.path.expanduser(node))  # noqa: PTH111 - refuses no name
    places = (named, named / "weights.safetensors")
    try:
        return next((file_key(place) for place in places if place.is_file()), node)
    except (OSError, ValueError):
        return node


def weights_file(origin: str | Path) -> Path:
    """The file of weights of a run, of a network that ships, or at a path; a ValueError where there is none."""
    try:
        path = run_folder(origin)
    except ValueError as error:
        raise ValueError(f"weights={error} (a file of weights would do as well)") from None
    path = own_file(path, "weights.safetensors") if path.is_dir() else path
    if not path.is_file():
        raise ValueError(f"weights={origin}: expected a run directory or a file of weights, found no {path}")
    return path


def file_key(path: Path) -> str:
    """A hash of what a file holds."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def now() -> str:
    """The time, as records hold it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


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


def read(folder: Path) -> Record:
    """A run's `run.json`; a run called running that nobody runs any more comes back as interrupted."""
    record = read_json(folder)
    check(record, ["status"])
    if record["status"] == "running" and not is_locked(folder):
        record["status"] = "interrupted"
    return record


def read_json(folder: Path) -> Record:
    """A `run.json` as it stands; a ValueError where it is none of ours."""
    path = own_file(folder, "run.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError("foreign or broken: its record is too many levels deep") from None
    except ValueError as error:
        raise ValueError(f"half-written or broken: its record is no JSON ({error})") from None
    if not isinstance(record, dict) or "format" not in record:
        raise ValueError(f"foreign: expected a run record of format {FORMAT}, found a run.json without a format")
    if record["format"] not in READABLE:
        raise ValueError(f"another version's: expected a run record of format {FORMAT}, found {record['format']!r}")
    check(record)
    return record


def begin(folder: Path, config: Record, signature: str, choices: dict[str, str]) -> None:
    """Say in `run.json` that a run is under way, and under which configuration, code and machine."""
    update(
        folder,
        status="running",
        name=config["name"],
        signature=signature,
        seed=config["seed"],
        choices=choices,
        config=config,
        started=now(),
        **environment(config),
        error=None,
        error_type=None,
    )


def selected(facts: Record) -> tuple[str, float]:
    """The validation metric that chose a finished run's weights, and its value for them."""
    return next((name, value) for name, value in facts["validation"].items() if name != "step")


def in_words(metric: str, value: float) -> str:
    """A validation metric for the terminal: `PSNR 31.53 dB`, `features 0.1234`."""
    name = metric.removeprefix("val/")
    return f"PSNR {value:.2f} dB" if name == "psnr" else f"{name} {value:.4g}"


def measured(folder: Path) -> set[tuple[str, str, str]]:
    """What the chosen weights as they are were measured by: benchmark, key and metric."""
    return {(row["benchmark"], row["key"], row["metric"]) for row in scores(folder) if row["variant"] == "plain"}


def scores(folder: Path) -> list[dict[str, str]]:
    """A run's rows of `scores.csv`; in one of format 1 `key` and `sample` are empty."""
    rows = [{"key": "", "sample": "", **row} for row in read_rows(own_file(folder, "scores.csv"))]
    try:
        for row in rows:
            _ = [row[column] for column in SCORE_COLUMNS], float(row["value"]), float(row["scale"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"broken: scores.csv is no table of scores that can be read ({error})") from None
    return rows


def add_scores(folder: Path, rows: list[Record], **about: dict[str, Any]) -> None:
    """Put scores into `scores.csv` and their means into `run.json`.

    What was measured before in the same way goes, and so do rows of the same names that have no key. `about` is added
    to dictionaries of the record: `ways`, the settings that keys stand for, and `higher_is_better` by metric.
    """
    new = {_measurement(row) for row in rows}
    new |= {_measurement({**row, "key": ""}) for row in rows}
    with changing(folder) as record:
        kept = [row for row in scores(folder) if _measurement(row) not in new]
        write_rows(folder / "scores.csv", SCORE_COLUMNS, [*kept, *rows])
        record["scores"] = averages(scores(folder))
        for name, parts in about.items():
            record[name] = {**(record.get(name) or {}), **parts}


def _measurement(row: Record) -> tuple[str, ...]:
    return tuple(str(row.get(column, "")) for column in SCORE_COLUMNS[:-1])


@contextmanager
def changing(folder: Path) -> Iterator[Record]:
    """A run's `run.json`, or a new one, to be changed; written when the block ends well, by one writer at a time.

    Writers wait for each other here, so a block is short: what takes time is found out before it.
    """
    path = folder / "run.json"
    with writing(folder):
        record = {**(read_json(folder) if path.exists() else {}), "format": FORMAT}
        yield record
        write_text(path, json.dumps(finite(record), indent=1, allow_nan=False) + "\n")


def update(folder: Path, **facts: Any) -> Record:
    """Put facts into a run's `run.json`, or begin it."""
    with changing(folder) as record:
        record.update(facts)
    return record


def note_selection(folder: Path, benchmarks: Iterable[str]) -> None:
    """Say in a run's record that benchmarks have an image among those that chose its weights."""
    with changing(folder) as record:
        record["selection_saw"] = sorted({*(record.get("selection_saw") or []), *benchmarks})


def finite(value: Any) -> Any:
    """The same for JSON, which has no infinity and no NaN: they become None."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def state(folder: Path, experiment: str) -> str:
    """What lies at a run's place: `nothing`, or the status of an earlier part of the same experiment.

    A ValueError where a folder holds anything else.
    """
    if not (folder / "run.json").exists():
        ours = {LOCK, RECORD_LOCK, "console.log"}
        left = {path.name for path in folder.iterdir()} - ours if folder.is_dir() else set()
        if left or folder.is_file():
            raise ValueError(f"{folder} holds something that is no run: choose another output_dir")
        return "nothing"
    record = read(folder)
    if record.get("signature") != experiment:
        raise ValueError(
            f"{folder} holds another experiment's run (signature {record.get('signature')}, this one is {experiment}): "
            "choose another output_dir, or give the options that it was made with"
        )
    return record["status"]


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


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Record]) -> None:
    """Write a CSV file whole or not at all."""
    with _whole(path) as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def keep_curves(path: Path, until: int) -> None:
    """Begin `metrics.csv`, or drop its rows after optimizer step `until`."""
    write_rows(path, CURVE_COLUMNS, [row for row in read_rows(path) if int(row["step"]) <= until])


def averages(rows: Iterable[Record]) -> list[Record]:
    """The mean of each metric over the images of each benchmark, and their samples, as they stand in `run.json`."""
    groups: dict[tuple[Any, ...], dict[str, list[float]]] = {}
    columns = (*WAY, "metric")
    for row in rows:
        images = groups.setdefault(tuple(row.get(column, "") for column in columns), {})
        images.setdefault(row["image"], []).append(float(row["value"]))
    return [
        {
            **dict(zip(columns, group, strict=True)),
            "scale": _number(group[1]),
            "value": fmean(map(fmean, images.values())),
            "images": len(images),
        }
        for group, images in groups.items()
    ]


def _number(text: Any) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def own_file(folder: Path, name: str) -> Path:
    """A file of a run; a ValueError where it is no regular one, or a link that leads out of the run."""
    path = folder / name
    try:
        lies_inside = path.resolve().is_relative_to(folder.resolve())
    except RuntimeError:  # a link to itself
        lies_inside = False
    if not lies_inside or (path.exists() and not path.is_file()):
        raise ValueError(f"{name} is no file of the run itself, or a link that leads out of it: it is not followed")
    return path


def run_above(path: Path) -> Path | None:
    """The run that a file or a folder is or lies in, by its path as it is written or as links lead; None where none."""
    places = [place for start in (path.absolute(), path.resolve()) for place in (start, *start.parents)]
    return next((place for place in places if (place / "run.json").is_file()), None)


def find_runs(paths: Iterable[Path], marks: Iterable[str] = ("run.json",)) -> list[Path]:
    """The folders among `paths` and below them that hold one of the files; inside a run there are no other runs."""
    found: list[Path] = []
    for path in paths:
        for folder, below, files in os.walk(path):
            below.sort()
            if not set(marks).isdisjoint(files):
                below.clear()
                found.append(Path(folder))
    return list(dict.fromkeys(found))
