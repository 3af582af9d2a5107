"""Structural similarity, as MATLAB computes it."""

import torch
from torch import Tensor
from torchmetrics import Metric

WINDOW, SIGMA = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


class StructuralSimilarity(Metric):
    """Mean SSIM of images `(B, C, H, W)` on the scale of 0 to 255.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004: an 11×11
    Gaussian window of σ 1.5, only where it fits whole, K1 = 0.01, K2 = 0.03.
    """

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
    """SSIM of each image of two batches `(B, C, H, W)`, 0 to 255: `(B,)`."""
    x, y = x.double(), y.double()
    mean_x, mean_y, square_x, square_y, product = _blurred(torch.stack([x, y, x * x, y * y, x * y]))
    luminance = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    variances = square_x - mean_x**2 + square_y - mean_y**2
    structure = (2 * (product - mean_x * mean_y) + C2) / (variances + C2)
    return (luminance * structure).mean(dim=(1, 2, 3))


def _blurred(image: Tensor) -> Tensor:
    places = torch.arange(WINDOW, dtype=image.dtype, device=image.device) - WINDOW // 2
    weights = torch.exp(-(places**2) / (2 * SIGMA**2))
    weights = (weights / weights.sum()).tolist()
    for axis in (-2, -1):
        size = image.shape[axis] - WINDOW + 1
        image = torch.stack([image.narrow(axis, k, size) * weight for k, weight in enumerate(weights)]).sum(0)
    return image
