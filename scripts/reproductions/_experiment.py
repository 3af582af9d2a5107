"""Train an experiment again, seed by seed as docs/results/NAME records it, and compare the scores."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sr_experiments import record
from sr_experiments.environment import environment
from sr_experiments.report.table import text_table

RESULTS = Path(__file__).parents[2] / "docs" / "results"
ELSEWHERE = 0.05  # dB by which another machine's sums may end


def main() -> None:
    options = argparse.ArgumentParser(prog="scripts/reproduce")
    options.add_argument("name")
    options.add_argument("overrides", nargs="*", help="weights=RUN, of a recipe that begins from another's run")
    options.add_argument("--seed", type=int, nargs="+", help="these seeds alone")
    options.add_argument("--jobs", type=int, default=1, help="trainings at once (default: %(default)s)")
    arguments = options.parse_args()
    recorded = _by_seed(RESULTS / arguments.name)
    seeds = sorted(arguments.seed or recorded)
    if unknown := set(seeds) - set(recorded):
        sys.exit(f"error: {arguments.name} has no record of seed {min(unknown)}; it has {sorted(recorded)}")
    again = _trained(arguments.name, seeds, recorded[seeds[0]]["threads"], arguments.jobs, arguments.overrides)
    rows = [row for seed in seeds for row in _compared(recorded[seed], again[seed])]
    print(text_table(["", "recorded", "again", "off", ""], rows))
    sys.exit(any("MISSED" in row for row in rows))


def _by_seed(folder: Path) -> dict[int, record.Record]:
    found = [record.read(run) for run in record.find_runs([folder])]
    return {facts["seed"]: facts for facts in found if facts["status"] == "finished"}


def _trained(
    name: str, seeds: Sequence[int], threads: int, jobs: int, given: Sequence[str]
) -> dict[int, record.Record]:
    """The records of an experiment's runs; what is there from earlier is gone on with."""
    folder = Path("runs") / "reproduced" / name
    command = [
        "sr-train",
        "-m",
        f"experiment={name}",
        f"seed={','.join(map(str, seeds))}",
        f"hydra.sweep.dir={folder}",
        *given,
    ]
    done = subprocess.run([*command, f"hydra.launcher.threads={threads}", f"hydra.launcher.jobs={jobs}"])
    if done.returncode:
        sys.exit(f"error: {' '.join(command)} failed; the same scripts/reproduce goes on with it")
    return _by_seed(folder)


def _compared(before: record.Record, after: record.Record) -> list[list[str]]:
    """A row for each benchmark: the two means of PSNR, and what their difference says."""
    if before["signature"] != after["signature"]:
        sys.exit("error: this is another experiment than the recorded one: other images, or other settings by now?")
    here = environment({})
    bound = 0 if all(before[part] == here[part] for part in ("versions", "machine")) else ELSEWHERE
    old, new = (
        {score["benchmark"]: score["value"] for score in facts["scores"] if score["metric"] == "psnr"}
        for facts in (before, after)
    )
    return [_row(f"seed {before['seed']} {name}", old[name], new[name], bound) for name in new if name in old]


def _row(name: str, old: float, new: float, bound: float) -> list[str]:
    off = new - old
    verdict = "the same digits" if off == 0 else f"within {bound} dB" if abs(off) <= bound else "MISSED"
    return [name, f"{old:.4f}", f"{new:.4f}", f"{off:+.4f}", verdict]


main()
