"""How far two images are apart in the eyes of a network that was trained before."""

import torch
from torch import Tensor, nn
from torchmetrics import Metric


class FeatureDistance(Metric):
    """The mean over its features of the squared distance of a `network`'s features, each place's scaled to length 1.

    Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018, equation 1 with
    all weights 1: LPIPS without its calibration by people. RGB images `(B, 3, H, W)` of 0 to 255. Its numbers compare
    with those of the same network and blocks alone.
    """

    needs_rgb = True
    higher_is_better = False
    total: Tensor
    count: Tensor

    def __init__(self, *, network: nn.Module) -> None:
        super().__init__()
        self.frozen = [network.eval().requires_grad_(False)]
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        ours, theirs = (self._unit(image) for image in (output, target))
        distances = [(a - b).square().sum(1).mean((-2, -1)) for a, b in zip(ours, theirs, strict=True)]
        self.total += torch.stack(distances).mean(0).double().sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count

    def _unit(self, image: Tensor) -> list[Tensor]:
        features = self.frozen[0].to(image.device)(image.float() / 255)
        return [each / (each.norm(dim=1, keepdim=True) + 1e-6) for each in features]
