"""Callbacks of which Lightning calls what they do, and nothing else."""

from collections.abc import Iterable

from pytorch_lightning import Callback

AT_EVERY_STEP = (
    "on_train_batch_start",
    "on_before_zero_grad",
    "on_before_backward",
    "on_after_backward",
    "on_before_optimizer_step",
    "on_train_batch_end",
)


def without_idle_hooks(callbacks: Iterable[Callback]) -> list[Callback]:
    """The same callbacks, without the hooks of a step that they have from Lightning's base class, which do nothing.

    Lightning enters a context for each hook of each callback, but passes over those that are None.
    """
    callbacks = list(callbacks)
    for callback in callbacks:
        for hook in AT_EVERY_STEP:
            if getattr(type(callback), hook) is getattr(Callback, hook):
                setattr(callback, hook, None)
    return callbacks
