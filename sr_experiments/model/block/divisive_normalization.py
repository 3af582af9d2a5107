"""Features that share out what they say."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d


class DivisiveNormalization(nn.Module):
    """Divides each of `features` by √(β + Σ γ · feature²) over all of them at its place; `inverse` multiplies instead.

    Ballé et al., "Density Modeling of Images using a Generalized Normalization Transformation", ICLR 2016. β begins
    with 1, γ with a tenth of the feature's own square.
    """

    def __init__(self, *, features: int, inverse: bool) -> None:
        super().__init__()
        self.inverse = inverse
        self.beta = nn.Parameter(torch.ones(features))
        self.gamma = nn.Parameter(0.1 * torch.eye(features))

    def forward(self, features: Tensor) -> Tensor:
        norm = conv2d(features.square(), self.gamma.abs()[..., None, None], self.beta.abs()).sqrt()
        return features * norm if self.inverse else features / norm


def activation(features: int, *, divisive: bool, inverse: bool = False) -> nn.Module:
    """What follows a convolution: divisive normalization, or ReLU."""
    return DivisiveNormalization(features=features, inverse=inverse) if divisive else nn.ReLU()
