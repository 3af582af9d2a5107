"""sr-compare: which experiment is better, and by how much."""

import argparse
import sys
from pathlib import Path

from sr_experiments.report.leaderboard import leaderboards, text
from sr_experiments.report.page import write_page
from sr_experiments.report.runs import Experiment, experiments, read_runs


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-compare",
        description="Compare run directories: a leaderboard on the terminal, and a page with tables, curves and crops.",
        epilog="example: sr-train -m model=bicubic,espcn,fsrcnn seed=0,1 name=first && sr-compare runs/first",
    )
    options.add_argument("runs", nargs="+", type=Path, help="run directories, or folders that hold some")
    options.add_argument("--output", type=Path, default=Path("report.html"), help="where the page goes (%(default)s)")
    options.add_argument("--baseline", metavar="NAME", help="the row that others are compared with (bicubic)")
    return options


def main() -> None:
    """Compare the runs named on the command line."""
    options = parser().parse_args()
    missing = [str(path) for path in options.runs if not path.exists()]
    if missing:
        raise SystemExit(f"error: expected run directories, found nothing at {', '.join(missing)}")
    runs, problems = read_runs(options.runs)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not runs:
        raise SystemExit(f"error: no run directory (with a run.json) in {', '.join(map(str, options.runs))}")
    compared = experiments(runs)
    _check_baseline(options.baseline, compared)
    boards = leaderboards(compared, options.baseline or "bicubic")
    for board in boards:
        print(text(board), end="\n\n")
    unfinished = [run for run in runs if run.record["status"] != "finished"]
    if unfinished:
        states = ", ".join(f"{run.folder.name} {run.record['status']}" for run in unfinished)
        print(f"{len(unfinished)} of {len(runs)} runs are not finished: {states}\n")
    write_page(options.output, compared, boards, problems)
    print(f"page: {options.output.resolve()}")


def _check_baseline(name: str | None, compared: list[Experiment]) -> None:
    names = [experiment.name for experiment in compared]
    if name and not any(name in (known, known.split()[0]) for known in names):
        raise SystemExit(f"error: no experiment is called {name}: choose one of {'; '.join(names)}")


if __name__ == "__main__":
    main()
