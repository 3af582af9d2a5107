"""Steps of training on a GPU: eager float32 in a bare PyTorch loop, and sr-train with trainer=fast and bfloat16."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from _rounds import Figure, figure, finish, options
from _training import EnoughError, bare, composed, train
from pytorch_lightning import Callback

from sr_experiments.callbacks.stopwatch import Stopwatch
from sr_experiments.config import find_plugins
from sr_experiments.experiment import Experiment

WARM = 5
PASSES = 3  # a backward pass multiplies twice as often as a forward one
MODELS = {
    "ESPCN": "espcn",
    "EDSR-baseline": "edsr_baseline",
    "EDSR": "edsr",
    "RCAN": "rcan",
    "SwinIR-light": "swinir_light",
}
FAST = ["trainer=fast", "trainer.precision=bf16-mixed", "data.store=device"]


class Clock(Callback):
    """Seconds that each of so many steps took after the first ones, and the share of them that waited for a batch."""

    def __init__(self, stopwatch: Stopwatch, steps: int) -> None:
        self.stopwatch, self.steps, self.done = stopwatch, steps, 0

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        self.done += 1
        if self.done == WARM:
            self.began, self.waited = now(), self.stopwatch.spent["waiting"]
        if self.done == WARM + self.steps:
            seconds = now() - self.began
            self.seconds = seconds / self.steps
            self.waiting = (self.stopwatch.spent["waiting"] - self.waited) / seconds
            raise EnoughError


def now() -> float:
    """The time, once the device has done all that it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def seconds(action: Callable[[], object], times: int) -> float:
    """What an action takes on average, once it is warm."""
    for _ in range(WARM):
        action()
    began = now()
    for _ in range(times):
        action()
    return (now() - began) / times


def product(device: str, dtype: torch.dtype, side: int) -> float:
    """TFLOP/s of the product of two square matrices."""
    left, right = torch.rand(2, side, side, device=device, dtype=dtype)
    return 2 * side**3 / seconds(lambda: left @ right, 10) / 1e12


def measured(name: str, model: str, device: str, steps: int, batch: int, peak: dict[str, float]) -> Iterator[Figure]:
    """What of a network is told."""
    accelerator = "gpu" if device == "cuda" else device
    overrides = [f"model={model}", "scale=2", "data.patch_size=48", f"data.batch_size={batch}"]
    with tempfile.TemporaryDirectory() as folder:
        config = composed(*overrides, *FAST, f"trainer.accelerator={accelerator}")
        experiment = Experiment(config, Path(folder))
        operations = 2 * PASSES * experiment.step_macs / 1e12
        loop = bare(experiment, device)
        eager = seconds(lambda: next(loop), steps)
        clock = Clock(experiment.stopwatch, steps)
        train(experiment, clock)
    for way, took, best in (("eager", eager, peak["float32"]), ("ours", clock.seconds, peak["bfloat16"])):
        yield figure(f"{name}: {way}", [took * 1e3], "ms a step")
        yield figure(f"{name}: {way}", [operations / took], "TFLOP/s")
        yield figure(f"{name}: {way}, of the matrix product's", [operations / took / best])
    yield figure(f"{name}: ours / eager", [clock.seconds / eager])
    yield figure(f"{name}: ours, waiting for a batch", [clock.waiting], "of the time")


def main() -> None:
    parser = options("gpu", __doc__)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu only shows that it runs")
    parser.add_argument("--only", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--steps", type=int, default=50, help="of each way (%(default)s)")
    parser.add_argument("--batch", type=int, default=16, help="patches a step (%(default)s)")
    parser.add_argument("--side", type=int, default=8192, help="of the matrices (%(default)s)")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        sys.exit("scripts/bench gpu needs an NVIDIA card and a torch that was built for it: this torch sees none")
    find_plugins()
    dtypes = {"float32": torch.float32, "bfloat16": torch.bfloat16}
    peak = {name: product(arguments.device, dtype, arguments.side) for name, dtype in dtypes.items()}
    figures = [figure(f"matrix product, {name}", [value], "TFLOP/s") for name, value in peak.items()]
    with tempfile.TemporaryDirectory() as cache:
        os.environ["SR_CACHE_ROOT"] = cache
        for name in arguments.only:
            settings = arguments.device, arguments.steps, arguments.batch, peak
            figures += measured(name, MODELS[name], *settings)
    card = torch.cuda.get_device_name() if arguments.device == "cuda" else None
    finish(__doc__, figures, arguments.json, card=card)


main()
