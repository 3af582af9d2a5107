"""Edges as a loss."""

from torch import Tensor, nn


class Gradient(nn.Module):
    """L1 of the strengths of edges: of √(gx² + gy² + 1e-6), g the difference of a pixel's two neighbours.

    Ma et al., "Structure-Preserving Super Resolution with Gradient Guidance", CVPR 2020, equations 1 and 6; inside the
    patch, where all neighbours are.
    """

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        return (_strengths(output) - _strengths(target)).abs().mean()


def _strengths(image: Tensor) -> Tensor:
    across = image[..., 1:-1, 2:] - image[..., 1:-1, :-2]
    down = image[..., 2:, 1:-1] - image[..., :-2, 1:-1]
    return (across.square() + down.square() + 1e-6).sqrt()
