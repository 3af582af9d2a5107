"""What the config says of a resumed training's optimizers, in the place of what its checkpoint says."""

import inspect
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class AsConfigured(Callback):
    """Gives restored parameter groups the config's learning rate, weight decay, betas, …, and schedules its base rates.

    A restored optimizer brings its own groups. What its constructor takes is the config's; what it counts in a group
    (SOAP its steps) stays. Under the same config nothing changes, to the bit.
    """

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.configured = [
            [settings(optimizer, group) for group in optimizer.param_groups] for optimizer in trainer.optimizers
        ]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for optimizer, configured in zip(trainer.optimizers, self.configured, strict=True):
            for group, wanted in zip(optimizer.param_groups, configured, strict=True):
                rate = group["lr"] * (base_rate(wanted) / base_rate(group))
                group.update({**wanted, "lr": rate})
        for scheduler in (config.scheduler for config in trainer.lr_scheduler_configs):
            groups = scheduler.optimizer.param_groups
            scheduler.base_lrs = [base_rate(group) for group in groups]
            if isinstance(scheduler, LambdaLR):
                for group, schedule in zip(groups, scheduler.lr_lambdas, strict=True):
                    group["lr"] = base_rate(group) * schedule(scheduler.last_epoch)


def settings(optimizer: Optimizer, group: dict[str, Any]) -> dict[str, Any]:
    """What of a parameter group the optimizer was told, its first learning rate included."""
    told = {*inspect.signature(type(optimizer)).parameters, "initial_lr"} - {"params"}
    return {name: value for name, value in group.items() if name in told}


def base_rate(group: dict[str, Any]) -> float:
    """The learning rate of a parameter group before any schedule."""
    return group.get("initial_lr", group["lr"])
