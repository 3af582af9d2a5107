"""Curves into the run directory."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.callbacks.steps import between_steps, steps
from sr_experiments.callbacks.stopwatch import Stopwatch
from sr_experiments.tables import keep_curves

AT_VALIDATION = ("val/", "train/psnr", "train/gain", "gap")  # what else there is of training is known at steps


class Curves(Callback):
    """Appends what the module logs to a table at `path`: a row per step and name, training seconds by `stopwatch`.

    To these come the learning rate, `lr`, and the share of the training time that was spent on data, `waiting`.
    A run that goes on from a checkpoint first drops the rows after it, so that curves have no repeated steps.
    """

    def __init__(self, path: Path, stopwatch: Stopwatch) -> None:
        self.path, self.stopwatch = path, stopwatch

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            keep_curves(self.path, until=steps(trainer))

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        every = getattr(trainer, "log_every_n_steps", 50)
        if between_steps(trainer) and steps(trainer) % every == 0:
            waiting = self.stopwatch.spent["waiting"] / max(self.stopwatch.spent["train"], 1e-9)
            losses = _logged(trainer, lambda name: name.startswith("train/") and not name.startswith(AT_VALIDATION))
            self._append(trainer, losses | {"lr": trainer.optimizers[0].param_groups[0]["lr"], "waiting": waiting})

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "fit":
            self._append(trainer, _logged(trainer, lambda name: name.startswith(AT_VALIDATION)))

    def _append(self, trainer: Trainer, values: dict[str, float]) -> None:
        if not trainer.is_global_zero:
            return
        seconds = f"{self.stopwatch.spent['train']:.6f}"
        with self.path.open("a", newline="") as file:
            writer = csv.writer(file)
            for name, value in values.items():
                writer.writerow([steps(trainer), seconds, name, repr(value)])


def _logged(trainer: Trainer, wanted: Callable[[str], bool]) -> dict[str, float]:
    return {name: float(value) for name, value in trainer.callback_metrics.items() if wanted(name)}
