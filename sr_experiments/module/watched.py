"""The steps of a training that somebody looks at."""

from pytorch_lightning import Trainer


def is_watched(trainer: Trainer) -> bool:
    """Whether what the running batch logs is read: on steps that curves keep, and before a validation.

    Logging a value costs a small network some hundredths of its step.
    """
    batch = trainer.fit_loop.total_batch_idx + 1
    step, rest = divmod(batch, trainer.accumulate_grad_batches)
    every = getattr(trainer, "log_every_n_steps", 50)
    kept = not rest and (step % every == 0 or step == trainer.max_steps)
    return kept or batch % (trainer.val_check_batch or 1) == 0
