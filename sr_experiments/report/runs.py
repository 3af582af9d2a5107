"""Run directories as experiments: repeats under different seeds belong together."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from sr_experiments import record, tables
from sr_experiments.legible import legible, legible_record, legible_rows
from sr_experiments.report.names import experiment_names
from sr_experiments.schema import COMPARED, check

Rows = list[dict[str, str]]

UNPLAIN = re.compile(rb"[\\\x7f-\xff]")  # in JSON, whatever is not legible needs one of these
MARKS = ("run.json", "metrics.csv", "weights.safetensors")


class Run:
    """A run directory as it was found: its `record`, and the rows of its files."""

    def __init__(self, folder: Path, facts: record.Record, scores: Rows) -> None:
        self.folder, self.record, self.scores = folder, facts, scores

    @cached_property
    def curves(self) -> Rows:
        """The rows of `metrics.csv`, none where it can't be read."""
        try:
            return legible_rows(tables.read_rows(record.own_file(self.folder, "metrics.csv")))
        except (OSError, ValueError):
            return []

    @cached_property
    def warnings(self) -> list[str]:
        """What the run warned of, and what makes it hard to repeat."""
        found = ["the code had changes that were not committed"] if self.record.get("git_changed") else []
        try:
            text = record.own_file(self.folder, "console.log").read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return found
        lines = [line.strip() for line in text.splitlines() if line.lower().startswith("warning")]
        return [*found, *dict.fromkeys(map(legible, lines))]


class Problem(NamedTuple):
    """A directory that looks like a run and is none that can be compared."""

    folder: Path
    reason: str

    def __str__(self) -> str:
        return legible(f"{self.folder}: {self.reason}")


class Experiment(NamedTuple):
    """All runs of one signature, called by what differs between the experiments compared."""

    name: str
    runs: list[Run]

    @property
    def finished(self) -> list[Run]:
        """The runs that have scores to compare."""
        return [run for run in self.runs if run.record["status"] == "finished"]

    @property
    def facts(self) -> dict[str, Any]:
        """The record of the first finished run, or of the first one."""
        return (self.finished or self.runs)[0].record

    @property
    def state(self) -> str:
        """How many runs are in which state: `2 finished, 1 running`."""
        return ", ".join(f"{count} {status}" for status, count in self.statuses.items())

    @property
    def statuses(self) -> Counter[str]:
        """How many runs are in each state."""
        return Counter(run.record["status"] for run in self.runs)


def read_runs(paths: Iterable[Path]) -> tuple[list[Run], list[Problem]]:
    """The runs among and below `paths`, and each directory that could not be read."""
    runs, problems = [], []
    for folder in record.find_runs(paths, MARKS):
        try:
            runs.append(read_run(folder))
        except FileNotFoundError:
            problems.append(Problem(folder, "half-written: there is no run.json"))
        except (OSError, ValueError) as error:
            problems.append(Problem(folder, str(error)))
    return runs, problems


def read_run(folder: Path) -> Run:
    """A run; a ValueError where a directory holds none that can be compared."""
    facts = record.read(folder)
    if "config" not in facts and isinstance(facts.get("status"), str):
        raise ValueError(f"{facts['status']} before it began: {facts.get('error')}")
    check(facts, COMPARED)
    if UNPLAIN.search((folder / "run.json").read_bytes()):
        facts = legible_record(facts)
    return Run(folder, facts, legible_rows(record.scores(folder)))


def experiments(runs: Sequence[Run]) -> list[Experiment]:
    """Group runs by signature; a seed that was run in several places counts once, the latest."""
    groups: dict[str, dict[int, Run]] = {}
    for run in sorted(runs, key=lambda run: (run.record["status"] == "finished", run.record.get("ended") or "")):
        groups.setdefault(run.record["signature"], {})[run.record["seed"]] = run
    found = [[repeats[seed] for seed in sorted(repeats)] for repeats in groups.values()]
    names = experiment_names([repeats[0].record for repeats in found])
    same = Counter(names)
    names = [name if same[name] == 1 else f"{name} {key[:6]}" for name, key in zip(names, groups, strict=True)]
    return sorted(map(Experiment, names, found), key=lambda experiment: experiment.name)
