"""Structural similarity, as MATLAB computes it."""

import math

import torch
from torch import Tensor
from torchmetrics import Metric

WINDOW, SIGMA = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_ROWS = 32  # as many rows at once as stay in a core's cache


class StructuralSimilarity(Metric):
    """Mean SSIM of images `(B, C, H, W)` on the scale of 0 to 255; a ValueError where the window does not fit.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004: an 11×11
    Gaussian window of σ 1.5, only where it fits whole, K1 = 0.01, K2 = 0.03.
    """

    higher_is_better = True
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
    total = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for top in range(0, height, _ROWS):
        rows = slice(top, min(top + _ROWS, height) + WINDOW - 1)
        total += _similarity_map(x[..., rows, :].double(), y[..., rows, :].double()).sum((1, 2, 3))
    return total / (x.shape[1] * height * width)


def _similarity_map(x: Tensor, y: Tensor) -> Tensor:
    mean_x, mean_y, squares, product = _blurred(torch.stack([x, y, x * x + y * y, x * y]))
    means, square_means = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
    luminance = (2 * means + C1) / (square_means + C1)
    return luminance * (2 * (product - means) + C2) / (squares - square_means + C2)


def _blurred(image: Tensor) -> Tensor:
    """The Gaussian window applied down, then across, wherever it fits: its two halves are alike, so added first."""
    half = WINDOW // 2
    weights = [math.exp(-(place**2) / (2 * SIGMA**2)) for place in range(-half, half + 1)]
    weights = [weight / math.fsum(weights) for weight in weights]
    for axis in (-2, -1):
        size = image.shape[axis] - WINDOW + 1
        result = image.narrow(axis, half, size) * weights[half]
        for k in range(half):
            result += (image.narrow(axis, k, size) + image.narrow(axis, WINDOW - 1 - k, size)).mul_(weights[k])
        image = result
    return image
