"""The end of a training that a search has given up."""

from collections.abc import Callable

from pytorch_lightning import Callback, LightningModule, Trainer


class PrunedError(RuntimeError):
    """Other trials of the search were better at the same step."""


class Pruning(Callback):
    """Reports each validation's PSNR and optimizer step; raises `PrunedError`, on all devices, where `prunes` says so.

    After its last step a training is finished, whatever the others did.
    """

    def __init__(self, prunes: Callable[[float, int], bool]) -> None:
        self.prunes = prunes

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn != "fit":
            return
        psnr = float(trainer.callback_metrics["val/psnr"])
        pruned = trainer.is_global_zero and self.prunes(psnr, trainer.global_step)
        if trainer.world_size > 1:
            pruned = trainer.strategy.reduce_boolean_decision(pruned, all=False)
        if pruned and trainer.global_step != trainer.max_steps:
            raise PrunedError(f"validation PSNR {psnr:.2f} dB at step {trainer.global_step}")
