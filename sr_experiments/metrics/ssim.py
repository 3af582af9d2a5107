"""Structural similarity, as MATLAB computes it."""

import math
from functools import cache

import torch
from torch import Tensor
from torchmetrics import Metric

WINDOW, SIGMA = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_ROWS = 24  # as many rows at once as stay in a core's cache
_BLOCK = 16  # columns that are made by one product


class StructuralSimilarity(Metric):
    """Mean SSIM of images `(B, C, H, W)` on the scale of 0 to 255; a ValueError where the window does not fit.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004: an 11×11
    Gaussian window of σ 1.5, only where it fits whole, K1 = 0.01, K2 = 0.03.
    """

    higher_is_better = True
    full_state_update = False
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        self.total += similarity(output, target).sum()
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count


def similarity(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of each image of two batches `(B, C, H, W)`, 0 to 255: `(B,)`, float64."""
    height, width = (side - WINDOW + 1 for side in x.shape[-2:])
    if height < 1 or width < 1:
        raise ValueError(f"SSIM's window is {WINDOW} pixels a side, the compared image {x.shape[-1]}×{x.shape[-2]}")
    planes = zip(x.flatten(0, 1), y.flatten(0, 1), strict=True)
    return torch.stack([_mean_similarity(*each) for each in planes]).unflatten(0, x.shape[:2]).mean(1)


def _mean_similarity(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of two planes `(H, W)`."""
    height, width = (side - WINDOW + 1 for side in x.shape)
    blocks = math.ceil(width / _BLOCK) + 1
    maps = x.new_zeros(_ROWS + WINDOW - 1, 4, _BLOCK * blocks, dtype=torch.float64)
    total = maps.new_zeros(())
    for top in range(0, height, _ROWS):
        band = slice(top, top + min(_ROWS, height - top) + WINDOW - 1)
        total += _similarity_map(x[band], y[band], maps[: band.stop - top]).sum()
    return total / (height * width)


def _similarity_map(x: Tensor, y: Tensor, maps: Tensor) -> Tensor:
    """SSIM wherever the window fits; `maps`: room for what it is made of."""
    width = x.shape[1]
    maps[:, 0, :width], maps[:, 1, :width] = x, y
    x, y = maps[:, 0], maps[:, 1]
    torch.mul(x, y, out=maps[:, 3])
    torch.mul(x, x, out=maps[:, 2]).addcmul_(y, y)
    mean_x, mean_y, squares, product = _blurred(maps)[..., : width - WINDOW + 1].unbind(1)
    means, square_means = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
    top = (2 * means + C1).mul_((product - means).mul_(2).add_(C2))
    return top.div_((square_means + C1).mul_((squares - square_means).add_(C2)))


def _blurred(maps: Tensor) -> Tensor:
    """The Gaussian window applied down, then across, wherever it fits: two halves of products with its matrices.

    Of rows `(H, N, W)`, W a whole number of blocks, `(H - 10, N, W)`, the last block of which is of no use.
    """
    height = len(maps) - WINDOW + 1
    down = _window(height).to(maps).T @ maps.flatten(1)
    own, next_ = _window(_BLOCK).to(maps).split(_BLOCK)
    blocks = down.view(-1, _BLOCK)
    across = blocks @ own
    across[:-1].addmm_(blocks[1:, : len(next_)], next_)
    return across.view(height, *maps.shape[1:])


@cache
def _window(size: int) -> Tensor:
    """The matrix `(size + 10, size)` of the window at each of `size` places."""
    half = WINDOW // 2
    weights = [math.exp(-(place**2) / (2 * SIGMA**2)) for place in range(-half, half + 1)]
    matrix = torch.zeros(size + WINDOW - 1, size, dtype=torch.float64)
    for place in range(size):
        matrix[place : place + WINDOW, place] = torch.tensor(weights, dtype=torch.float64) / math.fsum(weights)
    return matrix
