"""The Charbonnier loss."""

from torch import Tensor, nn


class Charbonnier(nn.Module):
    """Mean of √(d² + ε²) over the differences d: an L1 that is smooth at zero.

    Lai et al., "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", CVPR 2017, equation 3.

    `epsilon`: ε, in the units of the image, such as 1e-3.
    """

    def __init__(self, *, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return ((output - target).square() + self.epsilon**2).sqrt().mean()
