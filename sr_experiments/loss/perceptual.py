"""How far two images are apart in the eyes of a network that was trained before."""

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss


def relative(ours: Tensor, theirs: Tensor) -> Tensor:
    """L1 distance in shares of the mean size of the target's."""
    return l1_loss(ours, theirs) / theirs.abs().mean()


DISTANCES = {"relative": relative, "l1": l1_loss, "mse": mse_loss}


class Perceptual(nn.Module):
    """The mean over its features of the `distance` of a `network`'s features of output and target.

    Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", ECCV 2016. `network` gives a
    list of features of images `(B, C, H, W)` in [0, 1]; it does not learn and is kept nowhere: neither in checkpoints
    nor in averaged copies. `distance`: relative (L1 in shares of the mean size of the target's), l1 (ESRGAN's), mse
    (SRGAN's).
    """

    def __init__(self, *, network: nn.Module, distance: str) -> None:
        super().__init__()
        if distance not in DISTANCES:
            raise ValueError(f"distance is one of {', '.join(DISTANCES)}, not {distance!r}")
        self.frozen = [network.eval().requires_grad_(False)]  # in a list, where torch does not find it
        self.distance = DISTANCES[distance]

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        network = self.frozen[0].to(output.device)
        with torch.no_grad():
            wanted = network(target)
        pairs = zip(network(output), wanted, strict=True)
        return torch.stack([self.distance(ours, theirs) for ours, theirs in pairs]).mean()
