"""BD: blurred, then sampled, as the papers since SRMD report beside bicubic."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

SIDE, SIGMA = 7, 1.6


def bd(high: Tensor, *, scale: float) -> Tensor:
    """Blur uint8 `(C, s·h, s·w)` with a 7×7 Gaussian of σ = 1.6 and keep the middle pixel of each s×s block.

    Zhang et al., "Learning a single convolutional super-resolution network for multiple degradations" (SRMD), CVPR
    2018, for ×3; RDN and RCAN measure the same. Borders are repeated, and the blurred image is rounded to 8 bits, as by
    MATLAB's `imfilter(high, fspecial("gaussian", 7, 1.6), "replicate")`. A ValueError for a scale that is not odd,
    whose blocks have no middle.
    """
    if scale % 2 != 1:
        raise ValueError(f"degradation bd has no middle pixel to keep at scale={scale}: the papers use scale=3")
    distance = torch.arange(SIDE, dtype=torch.float64) - SIDE // 2
    weights = torch.exp(-(distance**2) / (2 * SIGMA**2))
    kernel = torch.outer(weights, weights) / weights.sum() ** 2
    edged = pad(high[:, None].double(), (SIDE // 2,) * 4, mode="replicate")
    blurred = (conv2d(edged, kernel[None, None].to(high.device))[:, 0] + 0.5).floor().clamp(0, 255).to(torch.uint8)
    return blurred[:, int(scale) // 2 :: int(scale), int(scale) // 2 :: int(scale)]
