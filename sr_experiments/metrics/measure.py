"""Metrics of one image, by a protocol."""

from torch import Tensor, nn
from torchmetrics import Metric, MetricCollection

from sr_experiments.metrics.protocol import Protocol


class Measure(nn.Module):
    """Gives each image's own values: `measure(output, target)` is `{"psnr": 27.413, …}`."""

    def __init__(self, protocol: Protocol, metrics: dict[str, Metric]) -> None:
        super().__init__()
        self.protocol = protocol
        self.metrics = MetricCollection(metrics, compute_groups=False)  # pyright: ignore[reportArgumentType]

    def forward(self, output: Tensor, target: Tensor) -> dict[str, float]:
        values = self.metrics(*self.protocol(output, target))
        self.metrics.reset()
        return {name: float(value) for name, value in values.items()}
