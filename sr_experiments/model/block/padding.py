"""Sides that a network can divide."""

import torch
from torch import Tensor


def mirrored(image: Tensor, multiple: int) -> Tensor:
    """Lengthen `(..., H, W)` to the next multiples of `multiple` by its mirror image, however small it is."""
    for axis in (-2, -1):
        length = image.shape[axis]
        if length % multiple:
            places = torch.arange(length + -length % multiple, device=image.device) % (2 * length)
            image = image.index_select(axis, torch.minimum(places, 2 * length - 1 - places))
    return image
