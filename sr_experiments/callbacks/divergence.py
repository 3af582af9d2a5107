"""The end of a training that cannot recover."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


class StopOnDivergence(Callback):
    """Raises `DivergedError` at the first step whose loss is NaN or infinite on any device."""

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, outputs: Any, *_: Any) -> None:
        finite = bool(torch.isfinite(outputs["loss"]))
        if trainer.world_size > 1:
            finite = trainer.strategy.reduce_boolean_decision(finite, all=True)
        if not finite:
            raise DivergedError(f"the loss was {float(outputs['loss'])} at step {trainer.global_step}")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if torch.isnan(trainer.callback_metrics.get("val/psnr", torch.tensor(0.0))):
            raise DivergedError(f"the network's output was NaN in validation at step {trainer.global_step}")
