"""How far the samples of an image differ."""

import torch
from torch import Tensor
from torchmetrics import Metric


class Spread(Metric):
    """The standard deviation over the samples of an image, root mean square over its pixels, in levels of 255.

    `update` takes one sample `(1, C, H, W)` after the other, and their target. A ValueError of fewer than two.
    """

    of_samples = True
    higher_is_better = None
    count: Tensor
    mean: Tensor
    squares: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("count", "mean", "squares"):
            self.add_state(name, torch.tensor(0.0, dtype=torch.float64))

    def update(self, output: Tensor, target: Tensor) -> None:
        self.count = self.count + 1
        away = output.double() - self.mean
        self.mean = self.mean + away / self.count
        self.squares = self.squares + away * (output - self.mean)

    @property
    def variance(self) -> Tensor:
        """Of each pixel, without bias."""
        if self.count < 2:
            raise ValueError(f"expected two samples of each image, got {int(self.count)}: samples=8")
        return self.squares / (self.count - 1)

    def compute(self) -> Tensor:
        return self.variance.mean().sqrt()
