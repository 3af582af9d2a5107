"""What a job of a sweep costs beside its training: forked from a process that has imported everything, or fresh."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from sr_experiments import record
from sr_experiments.environment import environment

FEW, MANY, ROUNDS = 2, 8, 3
PROMISED = 0.5
JOB = ["trainer.max_steps=2", "trainer.val_check_interval=2", "model.encoder.features=8", "benchmark=[]"]
NAMES = map(str, count())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sr_train(folder, f"name={next(NAMES)}", *JOB)
        ways = {
            "hydra/launcher=basic, one process a job": min(alone(folder) for _ in range(ROUNDS)),
            "hydra.launcher.start=fresh": overhead(folder, "fresh"),
            "hydra.launcher.start=fork": overhead(folder, "fork"),
        }
    print("seconds a job beside its training and validation, one job at once")
    for way, seconds in ways.items():
        print(f"{way:40} {seconds:6.2f}")
    ours = ways["hydra.launcher.start=fork"]
    print(f"promised: under {PROMISED} s forked; {'met' if ours < PROMISED else 'missed'}")
    if options.json:
        facts = {"benchmark": __doc__, "seconds": ways, "promised": PROMISED, "machine": environment({})["machine"]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    sys.exit(ours >= PROMISED)


def alone(folder: str) -> float:
    """Of one job that Hydra's own launcher runs, as the only one of its process."""
    name = next(NAMES)
    whole = sr_train(folder, "-m", f"name={name}", "hydra/launcher=basic", *JOB)
    return whole - trained(Path(folder, "runs", name))


def overhead(folder: str, way: str) -> float:
    """Of a further job in a sweep of ours, the best of some rounds: many jobs less a few."""
    return min(_further(folder, way) for _ in range(ROUNDS))


def _further(folder: str, way: str) -> float:
    left = []
    for jobs in (FEW, MANY):
        name = next(NAMES)
        whole = sr_train(folder, "-m", f"name={name}", f"seed=range({jobs})", f"hydra.launcher.start={way}", *JOB)
        left.append(whole - trained(Path(folder, "runs", name)))
    return (left[1] - left[0]) / (MANY - FEW)


def trained(folder: Path) -> float:
    """The seconds that runs spent on training and validation."""
    timings = [record.read(run)["timings"] for run in record.find_runs([folder])]
    return sum(spent["train_seconds"] + spent["validation_seconds"] for spent in timings)


def sr_train(folder: str, *options: str) -> float:
    """The seconds that a command takes."""
    began = time.monotonic()
    command = [sys.executable, "-m", "sr_experiments.train", *options]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


main()
