"""A step of sr-train, as it is, with EMA and with trainer=fast, beside a bare PyTorch loop on tensors in memory."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from _rounds import Figure, Spent, figure, finish, now, options, since, spent
from _training import EnoughError, bare, composed, train
from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.config import find_plugins
from sr_experiments.experiment import Experiment
from sr_experiments.model.pace import limited

WARM = 3
WAYS = {
    "sr-train": [],
    "sr-train with EMA": ["callbacks=[default,ema]"],
    "trainer=fast": ["trainer=fast"],
    "trainer=fast, compiled": ["trainer=fast", "callbacks.fast.compiled=true"],
}
SETTINGS = {  # steps a round, and what a step of sr-train and of trainer=fast may cost of a bare one
    "EDSR-baseline ×2": (2, 1.02, 0.85, ["model=edsr_baseline", "scale=2", "data.patch_size=48"]),
    "ESPCN ×2": (20, 1.04, 0.80, ["model=espcn", "scale=2", "data.patch_size=48"]),
    "FSRCNN ×3": (30, 1.05, 0.65, ["model=fsrcnn", "scale=3", "data.patch_size=17"]),
}


class Beside(Callback):
    """Takes another step after each of a training, and notes what both took, `steps` times."""

    def __init__(self, other: Callable[[], object], steps: int) -> None:
        self.other, self.steps = other, steps
        self.pairs: list[tuple[Spent, Spent]] = []

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.began = now()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.pairs.append((since(self.began), spent(self.other)))
        if len(self.pairs) == self.steps:
            raise EnoughError
        self.began = now()


def pairs(config: dict[str, Any], steps: int, threads: int) -> list[tuple[Spent, Spent]]:
    """What so many steps of sr-train took, and of the bare loop in turn with them, on so many threads."""

    def other() -> None:
        with limited(threads):
            next(loop)

    with tempfile.TemporaryDirectory() as folder, limited(threads):
        experiment = Experiment(config, Path(folder))
        loop = bare(experiment)
        beside = Beside(other, WARM + steps)
        train(experiment, beside)
    return beside.pairs[WARM:]


def measured(name: str, ways: Iterable[str], threads: int, rounds: int) -> Iterator[Figure]:
    """What of a network is told."""
    steps, promised, fast, overrides = SETTINGS[name]
    title = f"{name}, {threads} thread{'s' * (threads > 1)}"
    for way in ways:
        found = pairs(composed(*overrides, *WAYS[way]), steps * rounds, threads)
        ours, theirs = ([each.cpu * 1e3 for each in part] for part in zip(*found, strict=True))
        yield figure(f"{title}: bare loop beside {way}, CPU", theirs, "ms a step")
        yield figure(f"{title}: {way}, CPU", ours, "ms a step")
        for clock in ("cpu", "elapsed"):
            limit = {"sr-train": promised, "trainer=fast": fast}.get(way) if clock == "cpu" else None
            yield figure(f"{title}: {way} / bare, {clock}", ratios(found, steps, clock), promised=limit)


def ratios(found: list[tuple[Spent, Spent]], steps: int, clock: str) -> list[float]:
    """Of each round."""
    return [
        sum(getattr(ours, clock) for ours, _ in part) / sum(getattr(theirs, clock) for _, theirs in part)
        for part in (found[place : place + steps] for place in range(0, len(found), steps))
    ]


def main() -> None:
    parser = options("train", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of so many steps in turn (%(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", choices=SETTINGS, default=SETTINGS)
    parser.add_argument(
        "--ways", nargs="+", choices=WAYS, default=[*WAYS][:3], help="a compiled one takes minutes more"
    )
    arguments = parser.parse_args()
    find_plugins()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["SR_CACHE_ROOT"] = cache
        figures = [
            each
            for threads in arguments.threads
            for name in arguments.only
            for each in measured(name, arguments.ways, threads, arguments.rounds)
        ]
    finish(__doc__, figures, arguments.json)


main()
