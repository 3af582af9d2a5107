"""Whether a result still is the image that it came from."""

import torch
from torch import Tensor
from torchmetrics import Metric

from sr_experiments.metrics.measure import PERFECT
from sr_experiments.resize import low_size, resize


class LowResolutionPsnr(Metric):
    """PSNR in dB of result against target, both made small again by `scale` with bicubic interpolation.

    45 dB or more is consistent (Lugmayr et al., "NTIRE 2021 Learning the Super-Resolution Space Challenge"). Images
    `(B, C, H, W)` of 0 to 255; ends at 60 dB, as PSNR does here.
    """

    higher_is_better = True
    total: Tensor
    count: Tensor

    def __init__(self, *, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        size = low_size(target.shape[-2:], self.scale)
        if not all(size):
            raise ValueError(f"nothing is left of {target.shape[-1]}×{target.shape[-2]} pixels at a {self.scale}th")
        errors = (resize(output.double(), size) - resize(target.double(), size)).square().mean((1, 2, 3))
        self.total += (10 * torch.log10(255**2 / errors)).clamp(max=PERFECT).sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count
