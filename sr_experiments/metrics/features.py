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

    @property
    def judge(self) -> str:
        """Whose features they are."""
        return network_name(self.frozen[0])

    def update(self, output: Tensor, target: Tensor) -> None:
        distances = [distance.mean((-2, -1)) for distance in distance_maps(self.frozen[0], output, target)]
        self.total += torch.stack(distances).mean(0).double().sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count


def distance_maps(network: nn.Module, output: Tensor, target: Tensor) -> list[Tensor]:
    """How far the features of two RGB images are apart at each place: `(B, h, w)` for each of the network's."""
    ours, theirs = (_unit_features(network, image) for image in (output, target))
    return [(a - b).square().sum(1) for a, b in zip(ours, theirs, strict=True)]


def _unit_features(network: nn.Module, image: Tensor) -> list[Tensor]:
    features = network.to(image.device)(image.float() / 255)
    return [each / (each.norm(dim=1, keepdim=True) + 1e-6) for each in features]


def network_name(network: nn.Module) -> str:
    """What it is called: `EfficientNetLite0 at 0, 2, 4`, `Encoder RUN`, or its class."""
    return getattr(network, "name", type(network).__name__)
