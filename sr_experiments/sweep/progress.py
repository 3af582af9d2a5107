"""What a terminal shows of a sweep: a live table of the jobs that run, a line for each that ended."""

import sys
import threading
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sr_experiments import record, tables
from sr_experiments.sweep.plan import Job

WELL = frozenset({"finished", "pruned", "audited", "retried"})


class Progress:
    """Follows jobs by what their folders say; safe to call from threads.

    `total`: how many jobs there will be, where that is known; `at_once`: how many of them run; `shared`: the overrides
    that all have, which name none. Where there is no terminal, it prints lines alone.
    """

    def __init__(self, *, total: int | None, at_once: int, shared: Collection[str]) -> None:
        self.total, self.at_once, self.shared = total, at_once, shared
        self.running: dict[Path, tuple[str, Job]] = {}
        self.ended: dict[str, record.Record] = {}
        self.durations: list[float] = []
        self.well = {*WELL}
        self.lock = threading.Lock()
        self.console = plain_console(sys.stdout)
        self.live = Live(console=self.console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.live.stop()

    def name(self, overrides: Sequence[str]) -> str:
        """What a job is called: the overrides that not all have."""
        return " ".join(part for part in overrides if part not in self.shared) or "job"

    def begin(self, name: str, job: Job) -> float:
        """Follow a job from now on; the time."""
        with self.lock:
            self.running[job.folder] = (name, job)
        return time.monotonic()

    def end(self, name: str, job: Job, result: record.Record, began: float | None) -> None:
        """Say how a job ended; `began` is none for one that was finished before."""
        spent = time.monotonic() - began if began else 0.0
        with self.lock:
            self.running.pop(job.folder, None)
            self.ended[name] = result
            self.durations += [spent] if began else []
            when = f"in {spent:.0f} s" if began else "before"
            self.console.print(f"{self._counts()} {name}: {_words(result)} {when}")

    def show(self) -> None:
        """Renew the live table."""
        if self.live.is_started:
            with self.lock:
                self.live.update(self._table(), refresh=True)

    def failures(self) -> list[tuple[str, record.Record]]:
        """The jobs that did not end well, with their records."""
        return [(name, result) for name, result in self.ended.items() if result["status"] not in self.well]

    def print_failures(self) -> None:
        """Print what failed, and why, as a table."""
        table = Table("job", "state", "why", title="not finished", title_justify="left")
        for name, result in self.failures():
            table.add_row(name, result["status"], str(result.get("error")))
        plain_console(sys.stderr).print(table)

    def _counts(self) -> str:
        return f"[{len(self.ended)}/{self.total}]" if self.total else f"[{len(self.ended)}]"

    def _table(self) -> Table:
        table = Table(
            "job", "state", "step", "validation", "time left", caption=self._caption(), caption_justify="left"
        )
        for name, job in self.running.values():
            table.add_row(name, *_now(job))
        return table

    def _caption(self) -> str:
        waiting = self.total - len(self.ended) - len(self.running) if self.total else 0
        words = f"{len(self.ended)} ended, {len(self.running)} running, {waiting} waiting"
        if not self.durations or not waiting:
            return words
        left = sum(self.durations) / len(self.durations) * waiting / self.at_once
        return f"{words}, about {duration(left)} until the last of these begins"


def plain_console(file: TextIO) -> Console:
    """What prints tables and text as they are; where there is no terminal, however wide they are."""
    return Console(file=file, highlight=False, markup=False, width=None if file.isatty() else 1000)


def duration(seconds: float) -> str:
    """A time in words: `40 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _now(job: Job) -> Sequence[str]:
    """State, step, validation metric and time left of a running job, as its folder says."""
    latest = tables.latest(job.folder)
    if not latest:
        return "starting", "", "", ""
    step, seconds = max((int(row["step"]), float(row["seconds"])) for row in latest.values())
    metric, _ = job.selects
    selected = record.metric_text(metric, float(latest[metric]["value"])) if metric in latest else ""
    return "running", f"{step:,}", selected, _left(job, step, seconds)


def _left(job: Job, step: int, seconds: float) -> str:
    """The time until a job has spent its budget, as far as that can be told from outside."""
    budget, max_steps = job.config["budget"], job.config["trainer"]["max_steps"]
    if budget["seconds"]:
        return duration(max(budget["seconds"] - seconds, 0))
    return "" if budget["macs"] else duration(seconds / max(step, 1) * (max_steps - step))


def _words(result: record.Record) -> str:
    if result["status"] == "finished":
        return f"validation {record.metric_text(*record.selection(result))}, finished"
    return "out of memory, to be tried with half the batch" if result["status"] == "retried" else result["status"]
