"""Sides that a network can divide."""

import torch
from torch import Tensor


def mirrored(image: Tensor, multiple: int) -> Tensor:
    """Lengthen `(..., H, W)` to the next multiples of `multiple` by its mirror image, however small it is."""
    for axis in (-2, -1):
        length = image.shape[axis]
        if torch.compiler.is_exporting() or length % multiple:  # exported for any size
            places = torch.arange((length + multiple - 1) // multiple * multiple, device=image.device)
            places = places % torch.full_like(places, 2 * length)  # ONNX has none by a size that is left open
            image = image.index_select(axis, torch.minimum(places, 2 * length - 1 - places))
    return image
