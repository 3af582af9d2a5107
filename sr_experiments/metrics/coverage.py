"""Whether the original lies among the samples."""

import torch
from torch import Tensor
from torchmetrics import Metric


class Coverage(Metric):
    """How often the target's pixels lie between the least and the largest of M samples, over how often they should.

    Were the target one more draw from where the samples come, it would be the least or the largest of all M + 1 in
    2 / (M + 1) of cases (the ends of a rank histogram; Hamill, Monthly Weather Review 2001): 1 is right, less too sure.
    Of equal values each is the least as probably, so whatever is the same in all counts as what should be.
    `update` takes one sample `(1, C, H, W)` after the other, and their target. A ValueError of fewer than two.
    """

    of_samples = True
    higher_is_better = None
    count: Tensor
    below: Tensor
    above: Tensor
    equal: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("count", "below", "above", "equal"):
            self.add_state(name, torch.tensor(0.0, dtype=torch.float64))

    def update(self, output: Tensor, target: Tensor) -> None:
        self.count = self.count + 1
        self.below = self.below + (output < target)
        self.above = self.above + (output > target)
        self.equal = self.equal + (output == target)

    def compute(self) -> Tensor:
        if self.count < 2:
            raise ValueError(f"expected two samples of each image, got {int(self.count)}: samples=8")
        is_end = (1 / (self.equal + 1)) * ((self.below == 0).double() + (self.above == 0).double())
        return (1 - is_end.mean()) / (1 - 2 / (self.count + 1))
