"""How far training is."""

import math
import sys
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from tqdm import tqdm

from sr_experiments.callbacks.budget import Budget
from sr_experiments.callbacks.steps import steps
from sr_experiments.record import metric_text


class Progress(Callback):
    """A bar of the budget with loss and validation metric; where there is no terminal, a line per validation."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.began = (0.0, 0.0)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        found = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
        self.budget: Budget = next(callback for callback in found if isinstance(callback, Budget))
        self.began = (self.budget.share(steps(trainer)), time.monotonic())
        if trainer.is_global_zero and sys.stderr.isatty():
            self.bar = tqdm(
                total=self.budget.total,
                initial=self.budget.spent(steps(trainer)),  # pyright: ignore[reportArgumentType]
                unit=self.budget.unit,
                unit_scale=self.budget.unit == "s",
                dynamic_ncols=True,
                file=sys.__stderr__,
            )

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if self.bar is not None:
            self.bar.update(min(self.budget.spent(steps(trainer)), self.budget.total) - self.bar.n)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or trainer.state.fn != "fit":
            return
        metric: str = pl_module.selects[0]  # pyright: ignore[reportAssignmentType, reportIndexIssue]
        loss = f"loss {float(trainer.callback_metrics.get('train/loss', math.nan)):.5f}"
        selected = metric_text(metric, float(trainer.callback_metrics[metric]))
        if self.bar is not None:
            self.bar.set_postfix_str(f"{loss}, {selected}")
        else:
            print(self._line(steps(trainer), f"{loss}  validation {selected}"), flush=True)

    def _line(self, step: int, scores: str) -> str:
        budget = self.budget
        share = budget.share(step)
        first, since = self.began
        left = (time.monotonic() - since) / max(share - first, 1e-9) * (1 - share)
        total = budget.total if budget.unit == "step" else f"~{step / share:.0f}"
        return f"step {step}/{total}  {scores}  {left:.0f} s left"

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.bar is not None:
            self.bar.close()
