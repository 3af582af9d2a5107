"""Metrics of the package pyiqa, where the user has installed it."""

from importlib import import_module

import torch
from torch import Tensor
from torchmetrics import Metric


class Quality(Metric):
    """Mean of pyiqa's metric `name` over RGB images `(B, 3, H, W)` of 0 to 255, with or without their targets.

    A ValueError where pyiqa is not installed: its licence forbids commercial use, so nothing of ours installs it.
    """

    needs_rgb = True
    total: Tensor
    count: Tensor

    def __init__(self, *, name: str) -> None:
        super().__init__()
        try:
            pyiqa = import_module("pyiqa")
        except ImportError as error:
            raise ValueError(
                f"{name} is measured by pyiqa, which is not installed: pip install pyiqa "
                "(its licence, PolyForm Noncommercial, is yours to accept)"
            ) from error
        self.score = pyiqa.create_metric(name, device="cpu")
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    @property
    def higher_is_better(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What pyiqa says of the metric."""
        return not self.score.lower_better

    def update(self, output: Tensor, target: Tensor) -> None:
        images = (output, target) if self.score.metric_mode == "FR" else (output,)
        self.total += self.score(*(image.float() / 255 for image in images)).double().sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count
