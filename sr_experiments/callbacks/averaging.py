"""Averaged weights of the network alone."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import WeightAveraging


class NetworkAlone(Callback):
    """Leaves what learns beside a module's network (a discriminator) out of weight averaging: its average is itself.

    Comes after Lightning's WeightAveraging, which averages whole modules.
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        found = trainer.callbacks  # pyright: ignore[reportAttributeAccessIssue]
        models = [each._average_model for each in found if isinstance(each, WeightAveraging)]
        beside = {name: value for name, value in pl_module.state_dict().items() if not name.startswith("network.")}
        averages = [model.module.state_dict() for model in models if model is not None]
        self.beside = [(average[name], value) for average in averages for name, value in beside.items()]

    def on_train_batch_end(self, *_: Any) -> None:
        for average, value in self.beside:
            average.copy_(value)
