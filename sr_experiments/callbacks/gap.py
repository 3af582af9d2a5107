"""How much better a network does on what it learns from than on what it has not seen."""

import sys
from collections.abc import Sequence
from math import inf
from statistics import fmean
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from sr_experiments.callbacks.steps import steps
from sr_experiments.data.pairs import Pair
from sr_experiments.metrics.conditions import own_generators
from sr_experiments.model.interpolation import Interpolation

FALL = 0.05  # dB that validation must lose before it is called overfitting: less is what validations scatter


class Gap(Callback):
    """Measures a fixed sample of the training images at every validation, whole and as validation measures its own.

    Logs their mean PSNR as `train/psnr`, how far both are above bicubic interpolation on their own images as
    `train/gain` and `val/gain`, and the first less the second as `gap`: images differ in how hard they are, so that raw
    PSNRs do not compare. `images`: how many, at most. Says once where validation falls while training rises.

    Needs a module with `validate_by`, as `Supervised` has it; images that are streamed are not measured.
    """

    def __init__(self, *, images: int) -> None:
        if images < 1:
            raise ValueError(f"callbacks.gap.images: expected at least 1, got {images}")
        self.images, self.best, self.said = images, (-inf, 0.0), False

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        data: Any = trainer.datamodule  # pyright: ignore[reportAttributeAccessIssue]
        self.sample = data.learnt(self.images)
        if not self.sample:
            print("note: no training image is kept whole at the scale of validation: no gap is measured")
            return
        interpolated = Interpolation(scale=data.scale, kernel="bicubic")
        self.interpolated = [
            fmean(_psnr(pl_module, pair, interpolated(pair.low[None].float() / 255)) for pair in pairs)
            for pairs in (self.sample, data.val_pairs)
        ]

    def on_validation_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if trainer.state.fn == "fit" and self.sample and batch_idx == 0:  # averaged weights are in their place by now
            pl_module.log("train/psnr", fmean(_enlarged(pl_module, self.sample)), on_epoch=True, batch_size=1)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn != "fit" or not self.sample:
            return
        psnr = (float(trainer.callback_metrics[name]) for name in ("train/psnr", "val/psnr"))
        train, val = (value - bicubic for value, bicubic in zip(psnr, self.interpolated, strict=True))
        pl_module.log_dict({"train/gain": train, "val/gain": val, "gap": train - val}, batch_size=1)
        self._warn(trainer, train, val)

    def _warn(self, trainer: Trainer, train: float, val: float) -> None:
        best, then = self.best
        if val >= best:
            self.best = val, train
        elif best - val > FALL and train > then and not self.said and trainer.is_global_zero:
            self.said = True
            print(
                f"warning: overfitting: at step {steps(trainer)} validation is {best - val:.2f} dB below its best, "
                f"training {train - then:.2f} dB above what it was there: callbacks=[default,early_stopping], more "
                "images, augmentation or a smaller network may help",
                file=sys.stderr,
            )

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "said": self.said}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best, self.said = state_dict["best"], state_dict["said"]


def _enlarged(module: Any, pairs: Sequence[Pair]) -> list[float]:
    """The PSNR of what a module makes of each pair."""
    values = []
    for pair in pairs:
        low = pair.low[None].to(module.device)
        with own_generators(low):
            values.append(_psnr(module, pair, (module.tiles or module)(low)))
    return values


def _psnr(module: Any, pair: Pair, output: torch.Tensor) -> float:
    return module.validate_by(output.to(pair.high.device), pair.high[None], f"image {pair.name}")["psnr"]
