"""Two ways of computing the same thing, timed in turn on one core of one process."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sr_experiments.record import environment  # imports no NumPy

# As many threads as this, before NumPy or torch reads it.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

ROUNDS = 7


def race(title: str, ours: Callable[[], object], reference: Callable[[], object], *, at_least: float) -> None:
    """Print the best time of each and how many times faster ours is; exit 1 where that is below `at_least`."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    times = [(_seconds(ours), _seconds(reference)) for _ in range(ROUNDS)]
    our_best, reference_best = (min(column) for column in zip(*times, strict=True))
    figures = {
        "benchmark": title,
        "ours_seconds": our_best,
        "reference_seconds": reference_best,
        "times_faster": reference_best / our_best,
        "promised": at_least,
        **{part: environment({})[part] for part in ("machine", "versions")},
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"{title}\nours {our_best * 1e3:.1f} ms, reference {reference_best * 1e3:.1f} ms, best of {ROUNDS} each")
    print(f"{figures['times_faster']:.1f} times faster, promised {at_least:g}")
    sys.exit(figures["times_faster"] < at_least)


def _seconds(function: Callable[[], object]) -> float:
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin
