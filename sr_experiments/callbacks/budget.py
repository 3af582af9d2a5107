"""What a training may cost, and its end once that is spent."""

from collections.abc import Mapping
from math import ceil, isfinite
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.callbacks.steps import agrees, between_steps, steps
from sr_experiments.callbacks.stopwatch import Stopwatch

EXPECTED = {
    "budget.seconds": "a number of seconds above 0",
    "budget.macs": "a number of multiply-adds above 0",
    "trainer.max_steps": "at least 1 optimizer step",
}


class Budget(Callback):
    """Ends training at the first optimizer step that has spent `total`, after a validation of that step.

    `unit` is `step`, or `s`: seconds of training as `stopwatch` counts them, those of the first of several devices,
    which tells them at the steps that `agrees` names.
    """

    def __init__(self, total: float, unit: str, stopwatch: Stopwatch) -> None:
        self.total, self.unit, self.stopwatch = total, unit, stopwatch
        self.seconds = 0.0

    def spent(self, step: int) -> float:
        """What `step` optimizer steps have spent, the last of them just now."""
        return step if self.unit == "step" else self.seconds

    def share(self, step: int) -> float:
        """The part of the budget, 0 to 1, that is spent after `step` optimizer steps."""
        return min(self.spent(step) / self.total, 1.0)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.seconds = self.stopwatch.spent["train"]
        self._end_where_spent(trainer)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if self.unit == "s" and agrees(trainer):
            self.seconds = trainer.strategy.broadcast(self.stopwatch.spent["train"])
        if between_steps(trainer) and self._end_where_spent(trainer):
            trainer.val_check_batch = trainer.fit_loop.total_batch_idx + 1

    def _end_where_spent(self, trainer: Trainer) -> bool:
        spent = self.share(steps(trainer)) >= 1
        if spent:
            trainer.fit_loop.epoch_loop.max_steps = steps(trainer)
        return spent


def budget(limits: Mapping[str, Any], max_steps: int, step_macs: float, stopwatch: Stopwatch) -> Budget:
    """What a config's `budget` allows, or else `max_steps`; a ValueError where that is nothing.

    `step_macs`: multiply-adds of one optimizer step, by which `macs` become a number of steps.
    """
    given = {f"budget.{name}": limit for name, limit in limits.items() if limit is not None}
    if len(given) > 1:
        raise ValueError(f"expected one budget, got {' and '.join(given)}: leave one out")
    (name, limit), *_ = given.items() or {"trainer.max_steps": max_steps}.items()
    kinds = (int,) if name == "trainer.max_steps" else (int, float)
    if type(limit) not in kinds or not isfinite(limit) or limit <= 0:
        raise ValueError(f"{name}: expected {EXPECTED[name]}, got {limit!r}")
    if name == "budget.macs" and limit < step_macs:
        raise ValueError(f"budget.macs: one optimizer step takes {step_macs:.4g} multiply-adds, more than {limit:.4g}")
    total = ceil(limit / (step_macs or 1)) if name == "budget.macs" else limit
    return Budget(total, "s" if name == "budget.seconds" else "step", stopwatch)
