"""Whether the samples of an image are different where it counts."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchmetrics import Metric

from sr_experiments.metrics.features import distance_maps


class Diversity(Metric):
    """By how much taking the best sample at each pixel beats the best sample as a whole, in per cent of the latter.

    Lugmayr et al., "NTIRE 2021 Learning the Super-Resolution Space Challenge", CVPR Workshops 2021, equation 2, with
    the distance of a `network`'s features in the place of LPIPS: its numbers compare with those of the same network
    alone. Samples that all miss in the same way score 0. `update` takes one sample, RGB `(1, 3, H, W)` of 0 to 255,
    after the other, and their target.
    """

    of_samples = True
    needs_rgb = True
    higher_is_better = True
    best: Tensor
    least: Tensor

    def __init__(self, *, network: nn.Module) -> None:
        super().__init__()
        self.frozen = [network.eval().requires_grad_(False)]
        for name in ("best", "least"):
            self.add_state(name, torch.tensor(torch.inf))

    def update(self, output: Tensor, target: Tensor) -> None:
        maps = distance_maps(self.frozen[0], output, target)
        size = output.shape[-2:]
        at = torch.stack([interpolate(each[None], size, mode="bilinear")[0] for each in maps]).mean(0)
        self.best, self.least = torch.minimum(self.best, at), torch.minimum(self.least, at.mean())

    def compute(self) -> Tensor:
        return 100 * (self.least - self.best.mean()) / self.least
