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
    """

    def __init__(self, protocol: Protocol, metrics: Mapping[str, Metric]) -> None:
        super().__init__()
        self.protocol, self.said = protocol, set[str]()
        self.metrics = nn.ModuleDict(metrics)
        for name, metric in metrics.items():
            if protocol.color != "rgb" and getattr(metric, "needs_rgb", False):
                raise ValueError(f"metric {name} looks at RGB, protocol {protocol.name} at luma: add protocol=rgb")

    def forward(self, output: Tensor, target: Tensor, image: str = "an image") -> dict[str, float]:
        with torch.autocast(output.device.type, enabled=False):
            images = self.protocol(output, target)
            return {name: self._value(image, name, metric, *images) for name, metric in self.metrics.items()}

    @property
    def higher_is_better(self) -> dict[str, bool]:
        """Whether more of a metric is better, of those that say it."""
        said = {name: metric.higher_is_better for name, metric in self.metrics.items()}
        return {name: bool(better) for name, better in said.items() if better is not None}

    def _value(self, image: str, name: str, metric: nn.Module, output: Tensor, target: Tensor) -> float:
        try:
            if not target.numel():
                raise ValueError("nothing is left of the image when its border is shaved")
            value = float(metric(output.contiguous(), target.contiguous()))
        except ValueError as error:
            return self._said(f"{image}: no {name}: {error}", math.nan)
        finally:
            metric.reset()  # pyright: ignore[reportCallIssue]
        if isinstance(metric, PeakSignalNoiseRatio) and value > PERFECT:
            return self._said(f"{image}: {name} of {value:.1f} dB, as good as perfect, counts as {PERFECT:g}", PERFECT)
        return self._said(f"{image}: no {name}: it is {value}", math.nan) if math.isinf(value) else value

    def _said(self, text: str, value: float) -> float:
        if text not in self.said:
            self.said.add(text)
            print(f"warning: {text}", file=sys.stderr)
        return value
