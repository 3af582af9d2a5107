"""The end of a training that cannot recover."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from sr_experiments.callbacks.steps import steps


class DivergedError(RuntimeError):
    """The loss is no longer a number."""


class StopOnDivergence(Callback):
    """Raises `DivergedError` at the first step whose loss is NaN or infinite on any device.

    Off the CPU the losses of `every` steps are looked at together, since looking waits for the device: the error then
    comes up to so many steps late, but before a validation and before a checkpoint, and names the step all the same.
    """

    def __init__(self, every: int = 50) -> None:
        self.every = every
        self.losses: list[tuple[int, Tensor]] = []

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if trainer.strategy.root_device.type == "cpu":
            self.every = 1

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any = None, batch_idx: int = 0
    ) -> None:
        loss = outputs["loss"] if outputs else trainer.callback_metrics.get("train/loss", torch.tensor(0.0))
        self.losses.append((steps(trainer), loss))
        if len(self.losses) >= self.every:
            self._look(trainer)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._look(trainer)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        self._look(trainer)

    def _look(self, trainer: Trainer) -> None:
        looked, self.losses = self.losses, []
        if not looked:
            return
        finite = torch.stack([torch.isfinite(loss) for _, loss in looked])
        if trainer.world_size > 1:
            finite = trainer.strategy.reduce(finite.float(), reduce_op="mean") == 1
        place = next((place for place, each in enumerate(finite.tolist()) if not each), None)
        if place is not None:
            step, loss = looked[place]
            raise DivergedError(f"the loss was {float(loss)} at step {step}")

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        metric: str = pl_module.selects[0]  # pyright: ignore[reportAssignmentType, reportIndexIssue]
        if torch.isnan(trainer.callback_metrics.get(metric, torch.tensor(0.0))):
            raise DivergedError(f"the network's output was NaN in validation at step {steps(trainer)}")
