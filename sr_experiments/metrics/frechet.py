"""How far the textures of a whole set are apart in the eyes of a network that was trained before."""

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance

from sr_experiments.metrics.features import network_name


class FrechetDistance(FrechetInceptionDistance):
    """Fréchet distance of the patches of all results from those of all targets, by torchmetrics, in a set's one value.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", NeurIPS 2017, equation 6, of patches of `side` pixels
    beside each other, each described by the mean over its places of the last of a `network`'s features. RGB images
    `(B, 3, H, W)` of 0 to 255. Of few patches it is too large (by as much for all who measure the same), so its numbers
    compare on the same images alone.
    """

    needs_rgb = True
    of_a_set = True

    def __init__(self, *, network: nn.Module, side: int) -> None:
        super().__init__(feature=PatchDescription(network, side), normalize=True)
        self.side, self.judge = side, network_name(network)

    def update(self, output: Tensor, target: Tensor) -> None:
        for image, real in ((target, True), (output, False)):
            if min(image.shape[-2:]) < self.side:
                raise ValueError(f"expected {self.side} pixels a side, got {image.shape[-1]}×{image.shape[-2]}")
            patches = image.float().unfold(2, self.side, self.side).unfold(3, self.side, self.side)
            super().update(patches.permute(0, 2, 3, 1, 4, 5).flatten(0, 2) / 255, real=real)


class PatchDescription(nn.Module):
    """Patches `(N, 3, side, side)` in [0, 1] to a vector each, `(N, num_features)`, by a `network` of features."""

    def __init__(self, network: nn.Module, side: int) -> None:
        super().__init__()
        self.frozen = [network.eval().requires_grad_(False)]  # in a list, where torch does not find it
        self.num_features = self(torch.zeros(1, 3, side, side)).shape[1]

    def forward(self, patches: Tensor) -> Tensor:
        network = self.frozen[0].to(patches.device)
        with torch.no_grad():
            return torch.cat([network(some)[-1].mean((-2, -1)) for some in patches.split(64)])
