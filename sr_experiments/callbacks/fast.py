"""Training steps that take less time, and end with other bits."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.model.head.transposed import TransposedHead


class Fast(Callback):
    """Keeps the network's weights with channels last, and steps a fused optimizer.

    Transposed convolutions are computed as convolutions, to rounding. torch's own Adam, AdamW and SGD have a fused
    step; others take theirs. A run goes on as exactly as without.
    """

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        network: Any = pl_module.network
        network.to(memory_format=torch.channels_last)
        for part in network.modules():
            if isinstance(part, TransposedHead):
                part.as_convolution = True

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for optimizer in trainer.optimizers:  # by now as the config has them, those of a resumed training too
            for group in optimizer.param_groups:
                if "fused" in group:
                    group["fused"] = True
