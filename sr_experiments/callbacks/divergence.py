"""The end of a training that cannot recover."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.callbacks.steps import steps


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


class StopOnDivergence(Callback):
    """Raises `DivergedError` at the first step whose loss is NaN or infinite on any device."""

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, outputs: Any, *_: Any) -> None:
        loss = outputs["loss"] if outputs else trainer.callback_metrics.get("train/loss", torch.tensor(0.0))
        finite = bool(torch.isfinite(loss))
        if trainer.world_size > 1:
            finite = trainer.strategy.reduce_boolean_decision(finite, all=True)
        if not finite:
            raise DivergedError(f"the loss was {float(loss)} at step {steps(trainer)}")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metric: str = pl_module.selects[0]  # pyright: ignore[reportAssignmentType, reportIndexIssue]
        if torch.isnan(trainer.callback_metrics.get(metric, torch.tensor(0.0))):
            raise DivergedError(f"the network's output was NaN in validation at step {steps(trainer)}")
