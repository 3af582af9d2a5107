"""Ways of doing the same thing, taking turns: CPU and elapsed seconds of each round, and what becomes of them."""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from sr_experiments.environment import environment
from sr_experiments.report.table import text_table


class Spent(NamedTuple):
    """Seconds that this process, and those that it waited for, computed, and that passed."""

    cpu: float
    elapsed: float


class Figure(NamedTuple):
    """A median of rounds, the lowest and the highest of them, and what it was promised to be at most."""

    name: str
    value: float
    low: float
    high: float
    unit: str = ""
    promised: float | None = None

    @property
    def missed(self) -> bool:
        return self.promised is not None and self.value > self.promised


def figure(name: str, values: Iterable[float], unit: str = "", promised: float | None = None) -> Figure:
    """What rounds come to."""
    low, *_, high = ordered = sorted(values) * 2  # one round is its own lowest and highest
    return Figure(name, round(median(ordered), 4), round(low, 4), round(high, 4), unit, promised)


def now() -> Spent:
    """The clocks."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(time.process_time() + children.ru_utime + children.ru_stime, time.perf_counter())


def since(began: Spent) -> Spent:
    """What was spent since."""
    return Spent(*(after - before for after, before in zip(now(), began, strict=True)))


def spent(function: Callable[[], object]) -> Spent:
    """What a call takes."""
    began = now()
    function()
    return since(began)


def in_turn(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[Spent]]:
    """What each way takes in each round, one after another; a round before them warms up."""
    every = [{name: spent(way) for name, way in ways.items()} for _ in range(rounds + 1)]
    return {name: [taken[name] for taken in every[1:]] for name in ways}


def ratio(name: str, ours: Sequence[Spent], reference: Sequence[Spent], promised: float | None = None) -> Figure:
    """The CPU seconds of one way in those of another, round by round."""
    return figure(name, [one.cpu / other.cpu for one, other in zip(ours, reference, strict=True)], "", promised)


def race(
    name: str, title: str | None, ours: Callable[[], object], reference: Callable[[], object], most: float
) -> None:
    """Print and keep what share of a reference's CPU seconds ours takes, `most` at most, in seven rounds."""
    arguments = options(name, title).parse_args()
    found = in_turn({"ours": ours, "reference": reference}, 7)
    figures = [
        ratio("ours, of the reference's CPU seconds", found["ours"], found["reference"], most),
        figure("ours, CPU", [each.cpu for each in found["ours"]], "s"),
    ]
    finish(title, figures, arguments.json)


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """What every benchmark can be told."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {name}", description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def finish(title: str | None, figures: Sequence[Figure], file: Path | None, **about: Any) -> None:
    """Print the figures, keep them in `file`, and exit with 1 where a promise is missed."""
    rows = [
        [part.name, *map(str, part[1:5]), "" if part.promised is None else f"≤ {part.promised:g}"] for part in figures
    ]
    print(text_table(["", "median", "lowest", "highest", "", "promised"], rows))
    if file:
        where = {part: environment({})[part] for part in ("machine", "versions", "git")}
        facts = {"benchmark": title, "date": f"{datetime.now(UTC):%Y-%m-%d}", **where, **about}
        file.write_text(json.dumps({**facts, "figures": [part._asdict() for part in figures]}, indent=1) + "\n")
    missed = [part.name for part in figures if part.missed]
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)
