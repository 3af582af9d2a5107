"""Callbacks and modules of which Lightning calls what they do, and nothing else."""

from typing import TypeVar

from pytorch_lightning import Callback, LightningModule

Hooked = TypeVar("Hooked", Callback, LightningModule)

AT_EVERY_STEP = (
    "on_train_batch_start",
    "on_before_zero_grad",
    "on_before_backward",
    "on_after_backward",
    "on_before_optimizer_step",
    "on_train_batch_end",
)


def without_idle_hooks(each: Hooked) -> Hooked:
    """The same callback or module, without the hooks of a step that it has from Lightning's class, which do nothing.

    Lightning enters a context for each hook of each of them, but passes over those that are None.
    """
    base = Callback if isinstance(each, Callback) else LightningModule
    for hook in AT_EVERY_STEP:
        if getattr(type(each), hook) is getattr(base, hook):
            setattr(each, hook, None)
    return each
