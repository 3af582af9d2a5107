"""The end of a training that a search has given up."""

from collections.abc import Callable

from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.callbacks.steps import steps
from sr_experiments.record import metric_text


class PrunedError(RuntimeError):
    """Other trials of the search were better at the same step."""


class Pruning(Callback):
    """Reports what each validation selects by, and its step; raises `PrunedError`, on all devices, if `prunes` says so.

    After its last step a training is finished, whatever the others did.
    """

    def __init__(self, prunes: Callable[[float, int], bool]) -> None:
        self.prunes = prunes

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn != "fit":
            return
        metric: str = pl_module.selects[0]  # pyright: ignore[reportAssignmentType, reportIndexIssue]
        value, step = float(trainer.callback_metrics[metric]), steps(trainer)
        pruned = trainer.is_global_zero and self.prunes(value, step)
        if trainer.world_size > 1:
            pruned = trainer.strategy.reduce_boolean_decision(pruned, all=False)
        if pruned and step != trainer.max_steps:
            raise PrunedError(f"validation {metric_text(metric, value)} at step {step}")
