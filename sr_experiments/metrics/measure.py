"""Metrics of one image, by a protocol."""

import math
import sys
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torchmetrics import Metric
from torchmetrics.image import PeakSignalNoiseRatio

from sr_experiments.metrics.protocol import Protocol

PERFECT = 60.0  # dB; 6 · bits + 12 is where VMAF's tools (libvmaf) end PSNR, too


class Measure(nn.Module):
    """Gives each image's own values: `measure(output, target, "baby")` is `{"psnr": 27.413, …}`.

    Computed in float64, or in a metric's own float32, whatever precision the trainer works in. PSNR ends at 60 dB, so
    that a flat image, which anything reproduces, can't make a mean infinite. What a metric can't measure (it says so
    by a ValueError, or by infinity) is NaN. Either is said once for each image.

    A metric with `of_a_set = True`, such as a distance of distributions, has one value for a whole benchmark: images
    are added to a copy of it from `set_metrics`, and `compute_sets` gives its value.
    """

    def __init__(self, protocol: Protocol, metrics: Mapping[str, Metric]) -> None:
        super().__init__()
        self.protocol, self.said = protocol, set[str]()
        self.sets = nn.ModuleDict({name: metric for name, metric in metrics.items() if _of_a_set(metric)})
        self.metrics = nn.ModuleDict({name: metric for name, metric in metrics.items() if not _of_a_set(metric)})
        for name, metric in metrics.items():
            if protocol.color != "rgb" and getattr(metric, "needs_rgb", False):
                raise ValueError(f"metric {name} looks at RGB, protocol {protocol.name} at luma: add protocol=rgb")

    def forward(self, output: Tensor, target: Tensor, image: str = "an image") -> dict[str, float]:
        with torch.autocast(output.device.type, enabled=False):
            images = self.protocol(output, target)
            return {name: self._value(image, name, metric, *images) for name, metric in self.metrics.items()}

    def set_metrics(self) -> dict[str, Metric]:
        """Fresh copies of the metrics that one value is of for a whole set."""
        return {name: metric.clone() for name, metric in self.sets.items()}  # pyright: ignore

    def update_sets(self, sets: Mapping[str, Metric], output: Tensor, target: Tensor) -> None:
        """Let such copies see an image."""
        with torch.autocast(output.device.type, enabled=False):
            for metric in sets.values():
                metric.update(*(image.contiguous() for image in self.protocol(output, target)))

    def compute_sets(self, sets: Mapping[str, Metric], name: str) -> dict[str, float]:
        """What they are, of a set called `name`; NaN, which is said, where one can't be computed."""
        return {metric: self._compute(sets[metric], metric, name) for metric in sets}

    def _compute(self, metric: Metric, name: str, of: str) -> float:
        try:
            return float(metric.compute())
        except (ValueError, RuntimeError) as error:
            return self._warn(f"{of}: no {name}: {error}", math.nan)

    def value_of(self, name: str, output: Tensor, target: Tensor, image: str) -> float:
        """The value of one metric."""
        with torch.autocast(output.device.type, enabled=False):
            return self._value(image, name, self.metrics[name], *self.protocol(output, target))

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """Whether more of a metric is better, of those that say it."""
        said = {name: metric.higher_is_better for name, metric in (*self.metrics.items(), *self.sets.items())}
        return {name: bool(better) for name, better in said.items() if better is not None}

    def _value(self, image: str, name: str, metric: nn.Module, output: Tensor, target: Tensor) -> float:
        try:
            if not target.numel():
                raise ValueError("nothing is left of the image when its border is shaved")
            value = float(metric(output.contiguous(), target.contiguous()))
        except ValueError as error:
            return self._warn(f"{image}: no {name}: {error}", math.nan)
        finally:
            metric.reset()  # pyright: ignore[reportCallIssue]
        if isinstance(metric, PeakSignalNoiseRatio) and value > PERFECT:
            return self._warn(f"{image}: {name} of {value:.1f} dB, as good as perfect, counts as {PERFECT:g}", PERFECT)
        return self._warn(f"{image}: no {name}: it is {value}", math.nan) if math.isinf(value) else value

    def _warn(self, text: str, value: float) -> float:
        if text not in self.said:
            self.said.add(text)
            print(f"warning: {text}", file=sys.stderr)
        return value


def _of_a_set(metric: Metric) -> bool:
    return getattr(metric, "of_a_set", False)
