"""Which pixels of the input a piece of the output was made of: local attribution maps."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

SIGMA, STEPS, RADIUS = 1.2, 50, 8  # as the authors have them
TOGETHER = 10  # steps in one batch

Target = Callable[[Tensor], Tensor]


class Attribution(NamedTuple):
    """What each low-resolution pixel contributed, `(C, H, W)`, and what all of it adds up to: `difference`.

    `diffusion_index`: 0 to 100, how evenly contributions are spread, (1 − Gini) · 100.
    """

    contributions: Tensor
    difference: float
    diffusion_index: float


def local_attribution(
    network: Callable[[Tensor], Tensor], image: Tensor, target: Target, *, sigma: float = SIGMA, steps: int = STEPS
) -> Attribution:
    """Why `target` of the network's output is what it is, for an image `(C, H, W)` of [0, 1].

    Gradients summed up on the way from the image blurred by `sigma` to the image itself, sigma falling evenly in so
    many steps, each taken in its middle: what detail was added there, and what the target made of it. Gu and Dong,
    "Interpreting Super-Resolution Networks with Local Attribution Maps", CVPR 2021, equations 5 and 6. A ValueError
    where the image is smaller than the blur.
    """
    if min(image.shape[-2:]) <= RADIUS:
        size = f"{image.shape[-1]}×{image.shape[-2]}"
        raise ValueError(f"expected more than {RADIUS} low-resolution pixels a side, got {size}")
    total = torch.zeros_like(image)
    for first in range(0, steps, TOGETHER):
        count = min(TOGETHER, steps - first)
        path = torch.stack([blurred(image, sigma * (1 - (first + step) / steps)) for step in range(count + 1)])
        middle = ((path[1:] + path[:-1]) / 2).requires_grad_()
        (gradient,) = torch.autograd.grad(target(network(middle)).sum(), middle)
        total += (gradient * (path[1:] - path[:-1])).sum(0)
    with torch.no_grad():
        ends = torch.stack([blurred(image, sigma), image])
        before, after = (float(target(network(end[None])).sum()) for end in ends)
    return Attribution(total, after - before, diffusion_index(total))


def gradient_detector(top: int, left: int, size: int) -> Target:
    """How much detail there is in a window of the output: |dx| + |dy| of the mean of its channels, summed up."""

    def detail(high: Tensor) -> Tensor:
        window = high[..., top : top + size, left : left + size].mean(1)
        return window.diff(dim=-1).abs().sum((1, 2)) + window.diff(dim=-2).abs().sum((1, 2))

    return detail


def blurred(image: Tensor, sigma: float) -> Tensor:
    """An image `(C, H, W)` under a Gaussian of 17×17 pixels, mirrored at its borders; itself at 0."""
    if sigma <= 0:
        return image
    place = torch.arange(-RADIUS, RADIUS + 1, device=image.device, dtype=image.dtype)
    weights = torch.exp(-(place**2) / (2 * sigma**2))
    weights = weights / weights.sum()
    edged = pad(image[:, None], (RADIUS,) * 4, mode="reflect")
    return conv2d(conv2d(edged, weights.view(1, 1, 1, -1)), weights.view(1, 1, -1, 1))[:, 0]


def diffusion_index(contributions: Tensor) -> float:
    """(1 − Gini) · 100 of the absolute contributions of pixels `(C, H, W)`, channels added up; 0 where all are 0."""
    values = np.sort(contributions.sum(0).abs().double().cpu().numpy().ravel())
    if not values.any():
        return 0.0
    ranks = np.arange(1, len(values) + 1)
    gini = 2 * (ranks * values).sum() / (len(values) * values.sum()) - (len(values) + 1) / len(values)
    return float(100 * (1 - gini))
