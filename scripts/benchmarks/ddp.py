"""Two CPU processes beside one, the same batch: the same weights in float64, steps a second; what a step sends."""

import os
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
import torch.distributed as dist
from _rounds import Figure, figure, finish, options
from safetensors.torch import load_file
from torch.multiprocessing.spawn import spawn

from sr_experiments import record
from sr_experiments.config import build, network_config
from sr_experiments.model.cost import parameters

STEPS, CLOSE, EFFICIENT = 20, 1e-12, 0.9
JOB = ["model=edsr_baseline", "scale=2", "model.decoder.blocks=4", "data.patch_size=24", "benchmark=[]"]
BODIES = ["fsrcnn", "espcn", "edsr_baseline", "swinir_light", "rcan", "edsr", "swinir"]
FLOATS = (1 << 14, 1 << 18, 1 << 22)
DEVICES = (8, 64, 512)


def trained(folder: Path, name: str, *overrides: str) -> Path:
    """The run of some steps of a small EDSR; its processes take a thread each."""
    run, steps = folder / name, f"trainer.max_steps={STEPS}"
    command = [sys.executable, "-m", "sr_experiments.train", *JOB, steps, f"output_dir={run}", *overrides]
    places = [str(Path(__file__).parent), os.environ["PYTHONPATH"]]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(places)}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return run


def apart(one: Path, other: Path) -> float:
    """The largest difference of their weights."""
    weights, others = (load_file(run / "weights.safetensors") for run in (one, other))
    return max(float((weights[name] - others[name]).abs().max()) for name in weights)


def rate(run: Path) -> float:
    """Steps in a second of training."""
    return STEPS / record.read(run)["timings"]["train_seconds"]


def reduced(rank: int, file: str, rounds: int, results: str) -> None:
    """Seconds that two processes take to add up gradients of each size, for the first to write down."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{file}", rank=rank, world_size=2)
    seconds = []
    for floats in FLOATS:
        gradients, taken = torch.ones(floats), []
        for _ in range(rounds + 1):
            dist.barrier()
            began = time.perf_counter()
            dist.all_reduce(gradients)
            taken.append(time.perf_counter() - began)
        seconds.append(median(taken[1:]))
    if rank == 0:
        Path(results).write_text("\n".join(map(str, seconds)))
    dist.destroy_process_group()


def all_reduces(folder: Path, rounds: int) -> list[float]:
    """Seconds, by size."""
    results = folder / "seconds"
    spawn(reduced, (str(folder / "meeting"), rounds, str(results)), 2)
    return [float(line) for line in results.read_text().splitlines()]


def step_seconds(size: int, devices: int, seconds: float, bandwidth: float) -> float:
    """The step of which adding up gradients of `size` bytes in a ring takes a tenth, were nothing done meanwhile.

    Each of n devices sends and receives 2 (n - 1) / n of the gradients, in 2 (n - 1) messages that take `seconds` each.
    """
    ring = 2 * (devices - 1) * (seconds + size / devices / bandwidth)
    return EFFICIENT / (1 - EFFICIENT) * ring


def communicated(seconds: list[float]) -> list[Figure]:
    """What each body sends in a step, and how long a step must be for that not to matter."""
    sizes = [4 * floats for floats in FLOATS]
    (small, large), (short, long) = list(pairwise(sizes))[-1], list(pairwise(seconds))[-1]
    bandwidth = (large - small) / (long - short)
    figures = [figure("all-reduce of 2 processes here, bandwidth", [bandwidth / 1e6], "MB/s")]
    figures += [figure("all-reduce of 2 processes here, 64 KiB", [1e3 * seconds[0]], "ms")]
    for body in BODIES:
        size = 4 * parameters(build(network_config(f"model={body}", "scale=2"), "model"))
        figures.append(figure(f"{body} ×2: gradients of a step", [size / 1e6], "MB"))
        figures += [
            figure(f"{body} ×2: step for 90 % on {count}", [step_seconds(size, count, seconds[0] / 2, bandwidth)], "s")
            for count in DEVICES
        ]
    return figures


def main() -> None:
    parser = options("ddp", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of one and of two processes, in turn (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above)
        double = ["module._target_=_double.Double"]
        one = trained(folder, "one_double", *double)
        far = apart(one, trained(folder, "two_double", *double, "trainer=ddp"))
        rates: dict[str, list[float]] = {"cpu": [], "ddp": []}
        for number in range(arguments.rounds):
            for trainer, found in rates.items():
                found.append(rate(trained(folder, f"{trainer}{number}", f"trainer={trainer}")))
        seconds = all_reduces(folder, 20)
    gains = [two / one for one, two in zip(rates["cpu"], rates["ddp"], strict=True)]
    names = {"cpu": "1 process", "ddp": "2 processes"}
    figures = [figure(f"{names[trainer]}, batch of 16", found, "steps/s") for trainer, found in rates.items()]
    figures += [figure("2 processes / 1", gains), *communicated(seconds)]
    print(f"weights after {STEPS} steps in float64 differ by {far:.1e}, promised at most {CLOSE:g}")
    if far > CLOSE:
        sys.exit("missed: the weights")
    finish(__doc__, figures, arguments.json, weights_apart_in_float64=far)


if __name__ == "__main__":
    main()
