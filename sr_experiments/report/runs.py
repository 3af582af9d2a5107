"""Run directories as experiments: repeats under different seeds belong together."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sr_experiments import record
from sr_experiments.report.names import called


class Run(NamedTuple):
    """A run directory as it was found; `scores` and `curves` are the rows of its files."""

    folder: Path
    record: record.Record
    scores: list[dict[str, str]]
    curves: list[dict[str, str]]


class Experiment(NamedTuple):
    """All runs of one signature, called by what differs between the experiments compared."""

    name: str
    runs: list[Run]

    @property
    def finished(self) -> list[Run]:
        """The runs that have scores to compare."""
        return [run for run in self.runs if run.record["status"] == "finished"]


def read_runs(paths: Iterable[Path]) -> tuple[list[Run], list[str]]:
    """The runs among and below `paths`, and a line for each directory that could not be read."""
    runs, problems = [], []
    for folder in record.find_runs(paths):
        try:
            facts = record.read(folder)
            _ = facts["signature"], facts["seed"], facts["choices"], facts["config"]
            curves = record.read_rows(folder / "metrics.csv")
            runs.append(Run(folder, facts, record.read_rows(folder / "scores.csv"), curves))
        except (OSError, ValueError, KeyError, TypeError) as error:
            problems.append(f"{folder}: no run that can be read ({type(error).__name__}: {error})")
    return runs, problems


def experiments(runs: Sequence[Run]) -> list[Experiment]:
    """Group runs by signature; a seed that was run in several places counts once, the latest."""
    groups: dict[str, dict[int, Run]] = {}
    for run in sorted(runs, key=lambda run: (run.record["status"] == "finished", run.record.get("ended") or "")):
        groups.setdefault(run.record["signature"], {})[run.record["seed"]] = run
    found = [[repeats[seed] for seed in sorted(repeats)] for repeats in groups.values()]
    names = called([repeats[0].record for repeats in found])
    return sorted(map(Experiment, names, found), key=lambda experiment: experiment.name)
