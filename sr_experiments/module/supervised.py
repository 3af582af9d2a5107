"""Learning from pairs of images."""

import math
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from inspect import signature
from typing import Any

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.plugins.precision import Precision
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torchmetrics import MeanMetric
from torchmetrics.image import PeakSignalNoiseRatio

from sr_experiments.color import enlarge_image, network_input
from sr_experiments.data.pairs import Pair
from sr_experiments.loss.prediction import Prediction
from sr_experiments.metrics.conditions import full_float32, own_generators
from sr_experiments.metrics.measure import Measure
from sr_experiments.metrics.protocol import validation_protocol
from sr_experiments.module.watched import is_watched


class Supervised(LightningModule):
    """Trains `network` on low/high patches with a weighted sum of losses.

    Validation PSNR, which chooses the weights, is by `validation_protocol`, on whole images, in the precision that is
    trained in; where `selects` names another of `measure`'s metrics, that one chooses, by its own protocol, and of a
    network that draws it looks at a sample. `tiles` does what `forward` does, piece by piece, where images are too
    large for that. `measure` is what test images are measured with, always in float32. `spent` gives the share of the
    training that is spent, `scheduler` turns it into a factor on the learning rate.

    `losses`: by name, a `weight` and a `criterion` each, and the share of the training at which it may `begin` and
    within which its weight may `rise` from 0. A criterion whose forward takes one argument is given a `Prediction`, any
    other output and target. One that learns itself, by a loss `own` of output and target, gets a group of parameters
    with the settings in its `optimizer`, and gradients that are clipped by themselves; its `facts` are logged, its
    `warning()` is said after a validation.

    `color`: what the network sees: rgb, y, or a number of channels; `scale`: how many times larger the result is.
    """

    def __init__(
        self,
        *,
        network: nn.Module,
        losses: dict[str, Any],
        optimizer: Callable[[Iterable[Any]], Optimizer],
        scheduler: Callable[[float], float],
        spent: Callable[[], float],
        tiles: Callable[[Tensor], Tensor] | None = None,
        measure: Measure,
        selects: tuple[str, str],
        color: str | int,
        scale: int,
    ) -> None:
        super().__init__()
        needed = getattr(network, "learnt_by", "")
        if needed and type(self) is Supervised:
            raise ValueError(f"model: {type(network).__name__} learns nothing to draw from pairs: add module={needed}")
        self.network, self.color = network, color
        self.weights = {name: float(loss["weight"]) for name, loss in losses.items()}
        self.criteria = nn.ModuleDict({name: loss["criterion"] for name, loss in losses.items()})
        self.begins = {name: float(loss.get("begin", 0.0)) for name, loss in losses.items()}
        self.rises = {name: float(loss.get("rise", 0.0)) for name, loss in losses.items()}
        self.learning: dict[str, Any] = {name: each for name, each in self.criteria.items() if hasattr(each, "own")}
        self.look_at_all = {name for name in losses if len(signature(self.criteria[name].forward).parameters) == 1}
        self.make_optimizer, self.schedule, self.spent = optimizer, scheduler, spent
        self.tiles, self.measure, self.selects = tiles, measure, selects
        self.validate_by = Measure(
            validation_protocol(color, scale),
            {"psnr": PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3))},
        )
        self.val_psnr, self.val_other = MeanMetric(nan_strategy="disable"), MeanMetric(nan_strategy="disable")
        self.other = name if (name := selects[0].removeprefix("val/")) in measure.metrics and name != "psnr" else None

    def forward(self, low: Tensor) -> Tensor:
        """Enlarge RGB `(B, 3, H, W)` of 0 to 255 to `(B, 3, s·H, s·W)` of 0 to 1, not clamped; luma alone likewise."""
        return enlarge_image(self.network, low, self.color)

    def terms(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Each weighted loss term of a batch of uint8 RGB patches, by name."""
        return self.weighted(self.predict(batch))

    def predict(self, batch: tuple[Tensor, Tensor]) -> Prediction:
        """What the network makes of a batch, and what it should."""
        low, target = self.prepare(batch)
        size = [target.shape[-2:]] if getattr(self.network, "any_scale", False) else []
        returned = self.network(low, *size)
        output, extra = returned if isinstance(returned, tuple) else (returned, None)
        if output.shape != target.shape:
            raise ValueError(
                f"network returned {tuple(output.shape)}, target is {tuple(target.shape)}: "
                "do data and head share one scale, network and data one color?"
            )
        return Prediction(low, target, output, extra)

    def prepare(self, batch: tuple[Tensor, Tensor]) -> list[Tensor]:
        """Low- and high-resolution patches as the network sees images, in [0, 1]."""
        return [network_input(patches.float() / 255, self.color) for patches in batch]

    def weighted(self, prediction: Prediction) -> dict[str, Tensor]:
        """What each criterion makes of a prediction, times its weight, and what it learns by."""
        both = prediction.output, prediction.target
        terms = {
            name: self._weight(name) * criterion(*([prediction] if name in self.look_at_all else both))
            for name, criterion in self.criteria.items()
        }
        return terms | {f"{name}_own": criterion.own(*both) for name, criterion in self.learning.items()}

    def _weight(self, name: str) -> float:
        begun, rise = self.spent() - self.begins[name], self.rises[name]
        if begun < 0:
            return 0.0
        return self.weights[name] * (min(begun / rise, 1.0) if rise else 1.0)

    def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        total = self.total(self.terms(batch))
        for name, criterion in self.learning.items():
            self.log_dict({f"train/{name}_{fact}": value for fact, value in criterion.facts.items()})
        return total

    def on_validation_epoch_end(self) -> None:
        for name, criterion in self.learning.items():
            if (text := criterion.warning()) and self.trainer.is_global_zero:
                warnings.warn(f"loss {name}: {text}", stacklevel=1)

    def total(self, terms: dict[str, Tensor]) -> Tensor:
        """The sum of the terms, logged as train/loss, and where there are several each as train/NAME."""
        first, *others = terms.values()
        loss = torch.stack([first, *others]).sum() if others else first
        self.log("train/loss", loss)
        if len(terms) > 1:
            self.log_dict({f"train/{name}": term for name, term in terms.items()})
        return loss

    def log(self, *given: Any, **settings: Any) -> None:
        """As Lightning's, but in training on steps alone that somebody looks at."""
        if self._trainer is None or not self._trainer.training or is_watched(self._trainer):
            super().log(*given, **settings)

    def validation_step(self, pair: Pair) -> None:
        with own_generators(pair.low):
            output = self._enlarge(pair).to(pair.high.device)
            values = self.validate_by(output, pair.high[None], f"validation image {pair.name}")
            judged = self._sample(pair) if self.other and hasattr(self.network, "noise_channels") else output
        if pair.counts:
            self.val_psnr.update(values["psnr"])
        self.log("val/psnr", self.val_psnr, on_epoch=True, batch_size=1)
        if self.other:
            value = self.measure.value_of(self.other, judged, pair.high[None], f"validation image {pair.name}")
            if pair.counts:
                self.val_other.update(value)
            self.log(f"val/{self.other}", self.val_other, on_epoch=True, batch_size=1)

    def _enlarge(self, pair: Pair) -> Tensor:
        try:
            return (self.tiles or self)(pair.low[None])
        except RuntimeError as error:
            size = f"{pair.low.shape[-1]}×{pair.low.shape[-2]}"
            error.add_note(
                f"on validation image {pair.name} of {size} low-resolution pixels: tile=128 enlarges in pieces"
            )
            raise

    def _sample(self, pair: Pair) -> Tensor:
        noise = torch.randn(1, self.network.noise_channels, *pair.low.shape[-2:], device=pair.low.device)  # pyright: ignore
        return enlarge_image(partial(self.network, noise=noise), pair.low[None], self.color).to(pair.high.device)

    def on_test_start(self) -> None:
        self.trainer.strategy.precision_plugin = Precision()

    def test_step(self, pair: Pair, index: int, dataloader_idx: int = 0) -> dict[str, Any]:
        with own_generators(pair.low), full_float32():
            output = self(pair.low[None])
            return {"output": output, "values": self.measure(output, pair.high[None], pair.name)}

    def configure_optimizers(self) -> Any:
        optimizer = self.make_optimizer(self._groups() if self.learning else self.learnt())
        schedules = [self.schedule, *(each.schedule or self.schedule for each in self.learning.values())]
        factors = [lambda _, own=own: own(self.spent()) for own in schedules]
        scheduler = LambdaLR(optimizer, factors if self.learning else factors[0])  # an optimizer may make groups itself
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _groups(self) -> list[dict[str, Any]]:
        beside = [{"params": [*each.parameters()], **each.optimizer} for each in self.learning.values()]
        return [{"params": self.learnt()}, *beside]

    def learnt(self) -> list[nn.Parameter]:
        """What the losses of images teach: the network, and in modules that say so what learns with it."""
        return [*self.network.parameters()]

    def configure_gradient_clipping(self, optimizer: Optimizer, gradient_clip_val: Any = None, **given: Any) -> None:
        if not self.learning or given.get("gradient_clip_algorithm") == "value":
            return self.clip_gradients(optimizer, gradient_clip_val, **given)
        for name, group in zip(["network", *self.learning], optimizer.param_groups, strict=True):
            self.log(f"train/gradient_{name}", clip_grad_norm_(group["params"], gradient_clip_val or math.inf))
        return None
