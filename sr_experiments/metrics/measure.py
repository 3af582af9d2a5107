"""Metrics of one image, by a protocol."""

import math
import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torchmetrics import Metric

from sr_experiments.metrics.protocol import Protocol


class Measure(nn.Module):
    """Gives each image's own values: `measure(output, target)` is `{"psnr": 27.413, …}`.

    Computed in float64, or in a metric's own float32, whatever precision the trainer works in. An image that is too
    small for a metric (which says so by a ValueError) scores NaN there, with a warning.
    """

    def __init__(self, protocol: Protocol, metrics: Mapping[str, Metric]) -> None:
        super().__init__()
        self.protocol = protocol
        self.metrics = nn.ModuleDict(metrics)
        for name, metric in metrics.items():
            if protocol.color != "rgb" and getattr(metric, "needs_rgb", False):
                raise ValueError(f"metric {name} looks at RGB, protocol {protocol.name} at luma: add protocol=rgb")

    def forward(self, output: Tensor, target: Tensor) -> dict[str, float]:
        with torch.autocast(output.device.type, enabled=False):
            images = self.protocol(output, target)
            return {name: _value(name, metric, *images) for name, metric in self.metrics.items()}


def _value(name: str, metric: nn.Module, output: Tensor, target: Tensor) -> float:
    try:
        if not target.numel():
            raise ValueError("nothing is left of the image when its border is shaved")
        return float(metric(output, target))
    except ValueError as error:
        warnings.warn(f"no {name}: {error}", stacklevel=2)
        return math.nan
    finally:
        metric.reset()  # pyright: ignore[reportCallIssue]
