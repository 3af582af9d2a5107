"""What a sweep would run."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from sr_experiments import record
from sr_experiments.sweep.job import RETRIED, Retry
from sr_experiments.sweep.plan import Job
from sr_experiments.sweep.progress import duration, plain_console

Planned = Sequence[tuple[Job, Sequence[str]]]


def print_jobs(jobs: Planned, *, retry: Retry, at_once: int) -> None:
    """Print every job with what would be done, then how many of each and about how long they would take."""
    shared = set.intersection(*(set(overrides) for _, overrides in jobs))
    known = seconds_by_model(jobs[0][0].folder.parent)
    table, counted, total = Table("job", "what would be done", "about", "folder"), Counter[str](), 0.0
    trained: set[Path] = set()
    for job, overrides in jobs:
        what = to_do(job, retry)
        what = "to measure" if job.folder in trained and what.startswith("to ") else what
        trained.add(job.folder)
        trains = what.startswith("to ") and what != "to measure"
        expected = known.get(_model(job.choices), known.get("")) if trains else None
        counted[what] += 1
        total += expected or 0.0
        name = " ".join(part for part in overrides if part not in shared) or "job"
        table.add_row(name, what, duration(expected) if expected else "", job.folder.name)
    console = plain_console(sys.stdout)
    console.print(table)
    words = ", ".join(f"{number} {what}" for what, number in counted.items())
    time = f"; about {duration(total / at_once)} with {at_once} at once" if total else ""
    console.print(f"{words}{time}")


def to_do(job: Job, retry: Retry) -> str:
    """`done`, `to run`, `to resume`, `to measure`, `running` (in another sweep), or the bad end that stays."""
    try:
        status = job.state()
    except (ValueError, OSError):
        return "not readable"
    words = {"finished": "done", "nothing": "to run", "interrupted": "to resume", "unmeasured": "to measure"}
    if status in RETRIED["all"]:
        return f"to run again: {status}" if status in RETRIED[retry] else status
    return words.get(status, status)


def seconds_by_model(folder: Path) -> dict[str, float]:
    """The median seconds that finished jobs in a sweep's folder took: by model, and of all under the empty name."""
    spent: dict[str, list[float]] = {}
    for run in record.find_runs([folder]):
        try:
            facts = record.read(run)
            if facts["status"] == "finished" and (seconds := _seconds(facts)):
                for name in ("", _model(facts["choices"])):
                    spent.setdefault(name, []).append(seconds)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {name: median(values) for name, values in spent.items()}


def _seconds(facts: record.Record) -> float:
    return (datetime.fromisoformat(facts["ended"]) - datetime.fromisoformat(facts["started"])).total_seconds()


def _model(choices: dict[str, Any]) -> str:
    return str(choices.get("model"))
