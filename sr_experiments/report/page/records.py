"""What the page says of a single run."""

import shlex
from pathlib import Path
from typing import Any

from sr_experiments.legible import legible
from sr_experiments.report.names import flat
from sr_experiments.report.runs import Run

ELSEWHERE = ("config", "choices", "scores", "format", "command", "name", "seed", "status", "signature")

Plain = dict[str, Any]


def describe(name: str, experiment: int, run: Run) -> Plain:
    """A run of the experiment that is called `name`: its settings and its record by dotted keys, as text."""
    return {
        "label": f"{name}, seed {run.record['seed']}",
        "experiment": experiment,
        "status": run.record["status"],
        "folder": legible(str(run.folder)),
        "command": command(run.record.get("command")),
        "warnings": run.warnings,
        "choices": _texts(run.record["choices"]),
        "config": _texts(flat(run.record["config"])),
        "record": _texts(flat({key: value for key, value in run.record.items() if key not in ELSEWHERE})),
    }


def command(arguments: Any) -> str:
    """The line that does a run again, in the place that it gets by default."""
    if not isinstance(arguments, list) or not arguments:
        return ""
    program, *options = map(str, arguments)
    kept = [option for option in options if not option.startswith("output_dir=")]
    return shlex.join([f"sr-{Path(program).stem.removeprefix('sr-')}", *kept])


def _texts(settings: Plain) -> dict[str, str]:
    return {key: "none" if value is None else _text(value) for key, value in settings.items()}


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
