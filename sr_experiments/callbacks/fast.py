"""Training steps that take less time, and end with other bits."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.plugins.precision import MixedPrecision
from torch import Tensor
from torch.compiler import set_stance

from sr_experiments.channels import channels
from sr_experiments.model.pace import Way, compile_steps, eager_ways, paces, use_convolutions


class Fast(Callback):
    """Trains in the way that is fastest for this network on this machine, and steps a fused optimizer.

    Before the first step each way is timed on noise of a batch's size; `way` is then the fastest. A training that goes
    on (`goes_on`) keeps the way that it began with, to the bit. bfloat16 (torch.autocast: sums in float32) is tried
    where `bfloat16` allows it and trainer.precision is 32-true, one thread where torch has several, all of which
    validation takes. Transposed convolutions and interpolated skips are computed as convolutions, to rounding. torch's
    own Adam, AdamW and SGD have a fused step; others take theirs.
    `compiled`: have torch.compile make code of training steps (sr-profile payback=true says after how many it pays).
    """

    def __init__(self, *, bfloat16: bool, compiled: bool) -> None:
        self.bfloat16, self.compiled = bfloat16, compiled
        self.goes_on = False  # Lightning says so too late: layouts must be known before DDP plans its buckets
        self.way, self.threads = Way(), torch.get_num_threads()

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        network: Any = pl_module.network
        self.threads = torch.get_num_threads()
        use_convolutions(network)
        if stage == "fit" and not self.goes_on:
            may_round = self.bfloat16 and trainer.precision == "32-true"
            found = paces(network, _noise(trainer, pl_module), eager_ways(bfloat16=may_round))
            way = trainer.strategy.broadcast(min(found, key=lambda way: found[way].best))
            self._take(trainer, network, way._replace(compiled=self.compiled))
            if trainer.is_global_zero:
                print(f"trainer=fast: {self.way}")

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        self._take(trainer, pl_module.network, Way(**checkpoint.get("fast", {})))

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        checkpoint["fast"] = self.way._asdict()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for optimizer in trainer.optimizers:  # by now as the config has them, those of a resumed training too
            for group in optimizer.param_groups:
                if "fused" in group:
                    group["fused"] = True
        if self.way.compiled:
            compile_steps(pl_module.network)  # pyright: ignore[reportArgumentType]
        self._begin_steps()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._end_steps()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "fit":
            self._begin_steps()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._end_steps()

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._end_steps()

    def _begin_steps(self) -> None:
        torch.set_num_threads(self.way.threads or self.threads)
        if self.way.compiled:
            set_stance("default")

    def _end_steps(self) -> None:
        """Whole images follow: all threads compute them, and none is compiled, as they have many sizes."""
        torch.set_num_threads(self.threads)
        if self.way.compiled:
            set_stance("force_eager")

    def _take(self, trainer: Trainer, network: Any, way: Way) -> None:
        self.way = way
        if way.channels_last:
            network.to(memory_format=torch.channels_last)
        if way.bfloat16:
            device = trainer.strategy.root_device.type
            trainer.strategy.precision_plugin = MixedPrecision("bf16-mixed", device)


def _noise(trainer: Trainer, module: Any) -> Tensor:
    data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
    size = max(1, data.batch_size // trainer.world_size), channels(module.color), data.patch_size, data.patch_size
    noise = torch.rand(size, generator=torch.Generator().manual_seed(0))
    return noise.to(trainer.strategy.root_device)
