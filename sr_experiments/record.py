"""What a run leaves behind, written and read with the standard library alone.

A run directory holds `config.yaml`, `run.json`, `metrics.csv`, `scores.csv`, `weights.safetensors`, `checkpoints/`,
`images/` and `console.log`; docs/run_directory.md describes them.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

from sr_experiments.environment import environment
from sr_experiments.lock import LOCK, RECORD_LOCK, is_locked, writing
from sr_experiments.schema import check
from sr_experiments.tables import SCORE_COLUMNS, averages, read_rows, write_rows, write_text
from sr_experiments.trained import run_folder

Record = dict[str, Any]

FORMAT = 2
READABLE = (1, FORMAT)


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


def now() -> str:
    """The time, as records hold it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


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


def selection(facts: Record) -> tuple[str, float]:
    """The validation metric that chose a finished run's weights, and its value for them."""
    return next((name, value) for name, value in facts["validation"].items() if name != "step")


def metric_text(metric: str, value: float) -> str:
    """A validation metric for the terminal: `PSNR 31.53 dB`, `features 0.1234`."""
    name = metric.removeprefix("val/")
    return f"PSNR {value:.2f} dB" if name == "psnr" else f"{name} {value:.4g}"


def measured_keys(folder: Path) -> set[tuple[str, str, str]]:
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
    to dictionaries of the record: `ways`, the settings that keys stand for, `higher_is_better` and `judges` by metric.
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
