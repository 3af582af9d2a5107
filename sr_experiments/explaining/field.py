"""How much of the input a pixel of the output depends on in fact."""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

import torch
from torch import Tensor

REACHED = 1 - 0.9545  # of the strongest pixel's weight: as the authors count
CROPS = 6  # along each side of the image


class Field(NamedTuple):
    """`weights` `(side, side)`, summing to 1: what each low-resolution pixel around the middle one contributed.

    `side`: that of the square of as many pixels as are reached by more than 4.55 % of the strongest one's weight.
    """

    weights: Tensor
    side: float


def effective_field(network: Callable[[Tensor], Tensor], image: Tensor, scale: float, window: int) -> Field:
    """The effective receptive field on an image `(C, H, W)` of [0, 1], at most `window` low-resolution pixels wide.

    The absolute gradient of what a network makes of the middle pixel, averaged over crops of the image. Luo et al.,
    "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks", NeurIPS 2016, section 3.
    """
    side = min(window, *image.shape[-2:])
    side -= 1 - side % 2
    crops = torch.stack([image[:, y : y + side, x : x + side] for y, x in _corners(image, side)]).requires_grad_()
    first = round(scale * (side // 2))
    middle = network(crops)[..., first : first + ceil(scale), first : first + ceil(scale)]
    (gradient,) = torch.autograd.grad(middle.sum(), crops)
    weights = gradient.abs().sum(1).mean(0)
    reached = int((weights > REACHED * weights.max()).sum())
    return Field(weights / weights.sum().clamp(min=1e-12), reached**0.5)


def _corners(image: Tensor, side: int) -> list[tuple[int, int]]:
    rows, columns = ([int(place) for place in torch.linspace(0, size - side, CROPS)] for size in image.shape[-2:])
    return [(y, x) for y in dict.fromkeys(rows) for x in dict.fromkeys(columns)]
