"""The optimizer steps of a run, counted from its batches."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

AGREE = 10


def steps(trainer: Trainer) -> int:
    """How many optimizer steps are done: one per `accumulate_grad_batches` batches, however many optimizers step."""
    return _batches(trainer) // trainer.accumulate_grad_batches


def between_steps(trainer: Trainer) -> bool:
    """Whether no batch waits for others of its optimizer step."""
    return _batches(trainer) % trainer.accumulate_grad_batches == 0


def agrees(trainer: Trainer) -> bool:
    """Whether devices ask each other now, between two steps: several GPUs, which would wait, at every tenth alone."""
    waits = trainer.world_size > 1 and trainer.strategy.root_device.type != "cpu"
    return between_steps(trainer) and not (waits and steps(trainer) % AGREE)


def _batches(trainer: Trainer) -> int:
    return trainer.fit_loop.epoch_loop.batch_progress.total.processed  # pyright: ignore[reportAttributeAccessIssue]


class Steps(Callback):
    """Does what Lightning leaves to a module that steps several optimizers itself, and lets it count as we do.

    Learning rates move once a step; Lightning's own count, which adds up the steps of all optimizers and by which
    averaged weights and checkpoints go, is set to ours; `accumulate` batches a step are allowed, for the module to heed
    as `trainer.accumulate_grad_batches`. A run that goes on with another `accumulate` has done as many steps as before.
    """

    def __init__(self, accumulate: int) -> None:
        self.accumulate = accumulate

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        trainer.accumulate_grad_batches = self.accumulate

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        progress = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        more = checkpoint["global_step"] * self.accumulate - progress["total"]["processed"]
        for part in ("total", "current"):
            progress[part] = {name: batches + more for name, batches in progress[part].items()}

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        if pl_module.automatic_optimization:
            return
        total = trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress.total
        total.ready = total.completed = steps(trainer)
        if between_steps(trainer):
            for config in trainer.lr_scheduler_configs:
                config.scheduler.step()  # pyright: ignore[reportCallIssue]
