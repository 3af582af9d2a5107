"""The same network on every device, its buffers too."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer


class SameBuffers(Callback):
    """Has every device validate the first one's buffers, which are those that are saved.

    Batch normalisation gathers running statistics on each device from its own part of the batches. DDP's own broadcast,
    before every pass, would hang: devices have different numbers of images to measure.
    """

    def on_validation_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if trainer.world_size > 1 and batch_idx == 0:  # averaged weights are in their place only by now
            for buffer in pl_module.network.buffers():  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
                torch.distributed.broadcast(buffer, 0)
