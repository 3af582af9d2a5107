"""A branch that is left out now and then while a network learns."""

import torch
from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """What a residual branch adds, `(B, …)`, zero for each sample with probability `rate`; as it is when in use.

    Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016; what is left is divided by 1 - `rate`, so that its
    mean stays.
    """

    def __init__(self, *, rate: float) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"stochastic_depth is a probability below 1, not {rate}")
        self.rate = rate

    def forward(self, change: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return change
        kept = torch.rand(len(change), *[1] * (change.dim() - 1), device=change.device) >= self.rate
        return change * kept / (1 - self.rate)


def rates(last: float, blocks: int) -> list[float]:
    """The rate of each of `blocks` in a row: from 0 for the first, evenly, to `last`."""
    return [last * index / max(1, blocks - 1) for index in range(blocks)]
