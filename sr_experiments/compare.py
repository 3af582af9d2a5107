"""sr-compare: which experiment is better, and by how much."""

import argparse
import os
import sys
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import NamedTuple

from sr_experiments.console import degrade
from sr_experiments.legible import legible
from sr_experiments.report.explained import explain_boards
from sr_experiments.report.formats import FORMATS
from sr_experiments.report.leaderboard import Leaderboard, begins_with, leaderboards
from sr_experiments.report.page import PICTURES, write_page
from sr_experiments.report.runs import Experiment, Problem, experiments, read_runs
from sr_experiments.report.text import power_text, text
from sr_experiments.trained import run_folder


class Comparison(NamedTuple):
    """Run directories as they were read."""

    experiments: list[Experiment]
    boards: list[Leaderboard]
    problems: list[Problem]


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(
        prog="sr-compare",
        description="Compare run directories: a leaderboard on the terminal, and a page with figures and pictures.",
        epilog="example: sr-train -m model=bicubic,espcn,fsrcnn seed=0,1 name=first && sr-compare runs/first",
    )
    options.add_argument("runs", nargs="+", help="run directories, folders that hold some, networks that ship")
    options.add_argument("--output", type=Path, metavar="FILE", help="where the page goes (report.html)")
    options.add_argument(
        "--baseline",
        metavar="NAME",
        help="the row that others are compared with, or its first words (bicubic; where it is not, the best)",
    )
    options.add_argument(
        "--by", metavar="METRIC", help="the metric that ranks, and in which rows are compared (the first measured)"
    )
    options.add_argument(
        "--pictures",
        choices=PICTURES,
        default="inside",
        help="crops inside the page, as many as it can hold; all of them in a folder beside it; or none (%(default)s)",
    )
    options.add_argument(
        "--explain",
        action="store_true",
        help="the page also says what the best experiments made their crops of; takes their weights, and seconds each",
    )
    tables = options.add_mutually_exclusive_group()
    for name in FORMATS:
        tables.add_argument(
            f"--{name}", dest="format", action="store_const", const=name, help=f"print {name.upper()}, write no page"
        )
    tables.add_argument(
        "--power",
        type=_effect,
        metavar="DIFFERENCE",
        help="print how probably such a difference is shown, by seeds and images; write no page",
    )
    options.add_argument("--serve", action="store_true", help="show the page in a browser, anew while runs go on")
    options.add_argument("--port", type=int, default=8000, help="of --serve, at 127.0.0.1 (%(default)s)")
    options.add_argument(
        "--wandb", metavar="PROJECT", help="send tables and pictures to one W&B run, online or offline"
    )
    return options


def _effect(text: str) -> float:
    """A difference that can be looked for."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < inf:
        raise argparse.ArgumentTypeError(f"expected a difference above 0, got {text}")
    return value


def main() -> None:
    """Compare the runs named on the command line."""
    degrade()
    options = parser().parse_args()
    try:
        options.runs = [run_folder(run) for run in options.runs]
    except ValueError as error:
        raise SystemExit(f"error: {error}") from None
    if options.explain and (options.serve or options.pictures == "none"):
        raise SystemExit("error: --explain is for a page with pictures, written once: leave out the other option")
    if options.serve:
        _serve(options)
        return
    compared = read(options.runs, options.baseline, options.by)
    for problem in compared.problems:
        print(problem, file=sys.stderr)
    if not compared.experiments:
        raise SystemExit(f"error: no run directory (with a run.json) in {', '.join(map(str, options.runs))}")
    alone = options.format or options.power is not None
    _print(_table(compared, options) if alone else _text(compared))
    if options.output or not alone:
        path = options.output or Path("report.html")
        _write(compared, path, options.pictures, explain=options.explain)
        if alone:
            print(f"page: {path.resolve()}", file=sys.stderr)
        else:
            _print(f"page: {path.resolve()}")
    if options.wandb:
        from sr_experiments.report.wandb import send

        print(f"W&B: {send(options.wandb, compared.boards, Path.cwd())}", file=sys.stderr)


def read(paths: Sequence[Path], baseline: str | None, by: str | None = None) -> Comparison:
    """Read and rank the runs among and below `paths` by a metric (None: the first).

    Exits where no experiment is called `baseline`, or none has measured the metric.
    """
    runs, problems = read_runs(paths)
    compared = experiments(runs)
    names = [experiment.name for experiment in compared]
    if baseline and names and not any(begins_with(known, baseline) for known in names):
        raise SystemExit(f"error: no experiment is called {baseline}: choose one of {'; '.join(names)}")
    boards = leaderboards(compared, baseline, by)
    metrics = dict.fromkeys(metric for board in boards for metric in board.metrics)
    if by and metrics and by not in metrics:
        raise SystemExit(f"error: no run has measured {by}: choose one of {', '.join(metrics)}")
    return Comparison(compared, boards, problems)


def _table(compared: Comparison, options: argparse.Namespace) -> str:
    """What is printed alone."""
    if options.format:
        return FORMATS[options.format](compared.boards)
    return "\n\n".join(power_text(board, options.power) for board in compared.boards)


def _text(compared: Comparison) -> str:
    """Every leaderboard for the terminal, and which runs are missing from them."""
    runs = [run for experiment in compared.experiments for run in experiment.runs]
    waiting = [f"{run.folder.name} {run.record['status']}" for run in runs if run.record["status"] != "finished"]
    tables = [text(board) for board in compared.boards]
    if waiting:
        tables.append(legible(f"{len(waiting)} of {len(runs)} runs are not finished: {', '.join(waiting)}"))
    return "\n\n".join(tables) + "\n"


def _print(text: str) -> None:
    """Print, also where nobody reads on (`| head`)."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(compared: Comparison, path: Path, pictures: str, version: str = "", *, explain: bool = False) -> None:
    if path.is_dir():
        raise SystemExit(f"error: --output: expected a file, {path} is a folder")
    try:
        explained = explain_boards(compared.boards) if explain else []
        write_page(path, *compared, pictures=pictures, version=version, explained=explained)
    except ValueError as error:
        raise SystemExit(f"error: {error}") from None
    except OSError as error:
        raise SystemExit(f"error: the page can't be written: {error}; choose another --output") from None


def _serve(options: argparse.Namespace) -> None:
    from sr_experiments.report.serve import serve

    pictures = "none" if options.pictures == "none" else "inside"
    chosen = options.runs, options.baseline, options.by
    read(*chosen)
    try:
        serve(
            options.runs,
            options.port,
            lambda path, version: _write(read(*chosen), path, pictures, version),
        )
    except ValueError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
