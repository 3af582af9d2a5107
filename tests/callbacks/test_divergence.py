"""A diverging loss is found without waiting for the device at every step."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from sr_experiments.callbacks.divergence import DivergedError, StopOnDivergence


class Waits(TorchDispatchMode):
    """Counts what would wait for a device: reading a number of a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func in (torch.ops.aten._local_scalar_dense.default, torch.ops.aten.is_nonzero.default)
        return func(*args, **(kwargs or {}))


def trainer(step: int) -> Any:
    progress = SimpleNamespace(total=SimpleNamespace(processed=step))
    loops = SimpleNamespace(epoch_loop=SimpleNamespace(batch_progress=progress))
    return SimpleNamespace(fit_loop=loops, accumulate_grad_batches=1, world_size=1, callback_metrics={})


def test_losses_are_looked_at_together_before_a_checkpoint_and_the_step_is_named():
    stop = StopOnDivergence(every=10)
    module: Any = None
    with Waits() as waits:
        for step in range(1, 8):
            stop.on_train_batch_end(trainer(step), module, {"loss": torch.tensor(1.0 if step != 5 else torch.nan)})
    assert waits.count == 0
    with pytest.raises(DivergedError, match="the loss was nan at step 5"):
        stop.on_save_checkpoint(trainer(7), module, {})
    stop.on_validation_start(trainer(7), module)
    stop.every = 1
    with pytest.raises(DivergedError, match="inf at step 8"):
        stop.on_train_batch_end(trainer(8), module, {"loss": torch.tensor(torch.inf)})
