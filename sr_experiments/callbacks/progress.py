"""How far training is."""

import sys
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from tqdm import tqdm

from sr_experiments.callbacks.budget import Budget


class Progress(Callback):
    """A bar of the budget with loss and validation PSNR; where there is no terminal, a line per validation."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.began = (0.0, 0.0)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        found = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
        self.budget: Budget = next(callback for callback in found if isinstance(callback, Budget))
        self.began = (self.budget.share(trainer.global_step), time.monotonic())
        if trainer.is_global_zero and sys.stderr.isatty():
            self.bar = tqdm(
                total=self.budget.total,
                initial=self.budget.spent(trainer.global_step),  # pyright: ignore[reportArgumentType]
                unit=self.budget.unit,
                unit_scale=self.budget.unit == "s",
                dynamic_ncols=True,
                file=sys.__stderr__,
            )

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if self.bar is not None:
            self.bar.update(min(self.budget.spent(trainer.global_step), self.budget.total) - self.bar.n)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or trainer.state.fn != "fit":
            return
        values = {name: float(value) for name, value in trainer.callback_metrics.items()}
        if self.bar is not None:
            self.bar.set_postfix_str(f"loss {values['train/loss']:.5f}, PSNR {values['val/psnr']:.2f} dB")
        else:
            print(self._line(trainer, values), flush=True)

    def _line(self, trainer: Trainer, values: dict[str, float]) -> str:
        step, budget = trainer.global_step, self.budget
        share = budget.share(step)
        first, since = self.began
        left = (time.monotonic() - since) / max(share - first, 1e-9) * (1 - share)
        total = budget.total if budget.unit == "step" else f"~{step / share:.0f}"
        scores = f"loss {values['train/loss']:.5f}  validation PSNR {values['val/psnr']:.2f} dB"
        return f"step {step}/{total}  {scores}  {left:.0f} s left"

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.bar is not None:
            self.bar.close()
