"""How far two images are apart in the eyes of a network that was trained before."""

import torch
from torch import Tensor, nn


class Perceptual(nn.Module):
    """The mean over its features of the L1 distance of a `network`'s features of output and target.

    Each relative to the mean size of the target's. Johnson et al., "Perceptual Losses for Real-Time Style Transfer and
    Super-Resolution", ECCV 2016. `network` gives a list of features of images `(B, C, H, W)` in [0, 1]; it does not
    learn and is kept nowhere: neither in checkpoints nor in averaged copies.
    """

    def __init__(self, *, network: nn.Module) -> None:
        super().__init__()
        self.frozen = [network.eval().requires_grad_(False)]  # in a list, where torch does not find it

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        network = self.frozen[0].to(output.device)
        with torch.no_grad():
            wanted = network(target)
        pairs = zip(network(output), wanted, strict=True)
        return torch.stack([(ours - theirs).abs().mean() / theirs.abs().mean() for ours, theirs in pairs]).mean()
