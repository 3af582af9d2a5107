"""How far the textures of two images are apart in the eyes of a network that was trained before."""

import torch
from torch import Tensor, nn


class Style(nn.Module):
    """The mean over its features of the squared distance of a `network`'s Gram matrices of output and target.

    Which features go together, wherever they are; each relative to the square of the target's. Gatys et al., "Image
    Style Transfer Using Convolutional Neural Networks", CVPR 2016, equations 3 and 4. `network`: as of `Perceptual`.
    """

    def __init__(self, *, network: nn.Module) -> None:
        super().__init__()
        self.frozen = [network.eval().requires_grad_(False)]  # in a list, where torch does not find it

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        network = self.frozen[0].to(output.device)
        with torch.no_grad():
            wanted = [_gram(features) for features in network(target)]
        pairs = zip((_gram(features) for features in network(output)), wanted, strict=True)
        return torch.stack([(ours - theirs).square().sum() / theirs.square().sum() for ours, theirs in pairs]).mean()


def _gram(features: Tensor) -> Tensor:
    """`(B, C, H, W)` to `(B, C, C)`."""
    rows = features.flatten(2)
    return rows @ rows.mT / rows.shape[-1]
