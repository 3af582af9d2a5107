"""Metrics of one image, by a protocol."""

import math
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics import Metric
from torchmetrics.image import PeakSignalNoiseRatio

from sr_experiments.metrics.protocol import Protocol

warnings.filterwarnings("ignore", message="Metric .* will save all targets", module="torchmetrics")  # of one image

PERFECT = 60.0  # dB; 6 · bits + 12 is where VMAF's tools (libvmaf) end PSNR, too


class Measure(nn.Module):
    """Gives each image's own values: `measure(output, target, "baby")` is `{"psnr": 27.413, …}`.

    Computed in float64, or in a metric's own float32, whatever precision the trainer works in. PSNR ends at 60 dB, so
    that a flat image, which anything reproduces, can't make a mean infinite. What a metric can't measure (it says so
    by a ValueError, or by infinity) is NaN. Either is said once for each image.

    A metric with `of_a_set = True`, such as a distance of distributions, has one value for a whole benchmark, one with
    `of_samples = True`, such as their spread, one for all samples of an image: results are shown to copies of it, from
    `set_metrics` or `sample_metrics`, by `update_sets`, and `compute_sets` gives its value. One of a set with
    `of_frames = True` is told each image's name besides.

    A metric that has a `judge`, the name of who sees, is one of perception.

    `protocol`: what images go through first; `metrics`: torchmetrics classes by name.
    """

    def __init__(self, protocol: Protocol, metrics: Mapping[str, Metric], *, samples: int = 1) -> None:
        super().__init__()
        self.protocol, self.said = protocol, set[str]()
        self.sets = nn.ModuleDict({name: metric for name, metric in metrics.items() if _is(metric, "of_a_set")})
        self.samples = nn.ModuleDict({name: metric for name, metric in metrics.items() if _is(metric, "of_samples")})
        others = metrics.keys() - self.sets.keys() - self.samples.keys()
        self.metrics = nn.ModuleDict({name: metric for name, metric in metrics.items() if name in others})
        for name, metric in metrics.items():
            if protocol.color != "rgb" and getattr(metric, "needs_rgb", False):
                raise ValueError(f"metric {name} looks at RGB, protocol {protocol.name} at luma: add protocol=rgb")
            if samples < 2 and _is(metric, "of_samples"):
                raise ValueError(f"metric {name} is of several samples of an image: sr-evaluate run=RUN samples=8")

    def forward(self, output: Tensor, target: Tensor, image: str = "an image") -> dict[str, float]:
        with torch.autocast(output.device.type, enabled=False):
            images = self.protocol(output, target)
            return {name: self._value(image, name, metric, *images) for name, metric in self.metrics.items()}

    def set_metrics(self) -> dict[str, Metric]:
        """Fresh copies of the metrics that one value is of for a whole set."""
        return {name: metric.clone() for name, metric in self.sets.items()}  # pyright: ignore

    def sample_metrics(self) -> dict[str, Metric]:
        """Fresh copies of the metrics that one value is of for all samples of an image."""
        return {name: metric.clone() for name, metric in self.samples.items()}  # pyright: ignore

    def update_sets(self, sets: Mapping[str, Metric], output: Tensor, target: Tensor, name: str) -> None:
        """Let such copies see an image."""
        with torch.autocast(output.device.type, enabled=False):
            for metric in sets.values():
                images = [image.contiguous() for image in self.protocol(output, target)]
                metric.update(*images, *([name] if _is(metric, "of_frames") else []))

    def compute_sets(self, sets: Mapping[str, Metric], name: str) -> dict[str, float]:
        """What they are, of a set or an image called `name`; NaN, which is said, where one can't be computed."""
        return {metric: self._compute(sets[metric], metric, name) for metric in sets}

    def _compute(self, metric: Metric, name: str, of: str) -> float:
        try:
            value = float(metric.compute())
        except (ValueError, RuntimeError) as error:
            return self._warn(f"{of}: no {name}: {error}", math.nan)
        return self._warn(f"{of}: no {name}: it is {value}", math.nan) if math.isinf(value) else value

    def value_of(self, name: str, output: Tensor, target: Tensor, image: str) -> float:
        """The value of one metric."""
        with torch.autocast(output.device.type, enabled=False):
            return self._value(image, name, self.metrics[name], *self.protocol(output, target))

    @property
    def about(self) -> dict[str, dict[str, Any]]:
        """For the record, by metric: whether more of it is better, and who judges, of those that say it."""
        better = {name: metric.higher_is_better for name, metric in self._all()}
        return {
            "higher_is_better": {name: bool(more) for name, more in better.items() if more is not None},
            "judges": {name: metric.judge for name, metric in self._all() if hasattr(metric, "judge")},
        }

    def _all(self) -> list[tuple[str, Any]]:
        return [*self.metrics.items(), *self.sets.items(), *self.samples.items()]

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


def _is(metric: Metric, kind: str) -> bool:
    return getattr(metric, kind, False)
