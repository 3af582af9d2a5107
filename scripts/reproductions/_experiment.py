"""Train an experiment again, seed by seed as docs/results/NAME records it, and compare the scores."""

import argparse
import subprocess
import sys
from pathlib import Path

from sr_experiments import record
from sr_experiments.environment import environment
from sr_experiments.report.table import text_table

RESULTS = Path(__file__).parents[2] / "docs" / "results"
ELSEWHERE = 0.05  # dB by which another machine's sums may end


def main() -> None:
    options = argparse.ArgumentParser(prog="scripts/reproduce")
    options.add_argument("name")
    options.add_argument("--seed", type=int, nargs="+", help="these seeds alone")
    options.add_argument("--jobs", type=int, default=1, help="trainings at once (%(default)s)")
    arguments = options.parse_args()
    recorded = {record.read(folder)["seed"]: folder for folder in record.find_runs([RESULTS / arguments.name])}
    seeds = sorted(arguments.seed or recorded)
    if unknown := set(seeds) - set(recorded):
        sys.exit(f"error: {arguments.name} has no record of seed {sorted(unknown)[0]}; it has {sorted(recorded)}")
    again = trained(arguments.name, seeds, record.read(recorded[seeds[0]])["threads"], arguments.jobs)
    rows = [row for seed in seeds for row in compared(recorded[seed], again[seed])]
    print(text_table(["", "recorded", "again", "off", ""], rows))
    sys.exit(any("MISSED" in row for row in rows))


def trained(name: str, seeds: list[int], threads: int, jobs: int) -> dict[int, Path]:
    """Run directories of an experiment, by seed; what is there from earlier is gone on with."""
    folder = Path("runs") / "reproduced" / name
    command = ["sr-train", "-m", f"experiment={name}", f"seed={','.join(map(str, seeds))}", f"hydra.sweep.dir={folder}"]
    subprocess.run([*command, f"hydra.launcher.threads={threads}", f"hydra.launcher.jobs={jobs}"], check=True)
    return {record.read(run)["seed"]: run for run in record.find_runs([folder])}


def compared(recorded: Path, again: Path) -> list[list[str]]:
    """A row for each benchmark: the two means, and what their difference says."""
    before, after = record.read(recorded), record.read(again)
    same_place = all(before[part] == environment({})[part] for part in ("versions", "machine"))
    bound = 0 if same_place else ELSEWHERE
    theirs = {(score["benchmark"], score["metric"]): score["value"] for score in before["scores"]}
    ours = {(score["benchmark"], score["metric"]): score["value"] for score in after["scores"]}
    return [
        [
            f"seed {before['seed']} {benchmark}",
            f"{theirs[benchmark, metric]:.4f}",
            f"{value:.4f}",
            f"{value - theirs[benchmark, metric]:+.4f}",
            verdict(value - theirs[benchmark, metric], bound),
        ]
        for (benchmark, metric), value in ours.items()
        if metric == "psnr"
    ]


def verdict(off: float, bound: float) -> str:
    """What a difference from the record means where it may be up to `bound` dB."""
    if off == 0:
        return "the same digits"
    return f"within {bound} dB" if abs(off) <= bound else "MISSED"


main()
