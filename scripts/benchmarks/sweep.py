"""What a job of a sweep costs beside its training: forked from a process that has imported everything, or fresh."""

import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

from _rounds import figure, finish, options

from sr_experiments import record

FEW, MANY, ROUNDS = 2, 8, 3
PROMISED = 0.5
JOB = ["trainer.max_steps=2", "trainer.val_check_interval=2", "model.encoder.features=8", "benchmark=[]"]
NAMES = map(str, count())


def main() -> None:
    arguments = options("sweep", __doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sr_train(folder, f"name={next(NAMES)}", *JOB)
        ways = {
            "a job by Hydra's own launcher, one process a job": lambda: alone(folder),
            "a further job, hydra.launcher.start=fresh": lambda: overhead(folder, "fresh"),
            "a further job, hydra.launcher.start=fork": lambda: overhead(folder, "fork"),
        }
        found = {name: [way() for _ in range(ROUNDS)] for name, way in ways.items()}
    promised = dict.fromkeys(found, None) | {[*found][-1]: PROMISED}
    finish(__doc__, [figure(f"{name}, elapsed", found[name], "s", promised[name]) for name in found], arguments.json)


def alone(folder: str) -> float:
    """Of one job that Hydra's own launcher runs, as the only one of its process."""
    name = next(NAMES)
    whole = sr_train(folder, "-m", f"name={name}", "hydra/launcher=basic", *JOB)
    return whole - trained(Path(folder, "runs", name))


def overhead(folder: str, way: str) -> float:
    """Of a further job in a sweep of ours: many jobs less a few."""
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
