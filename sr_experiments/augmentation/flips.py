"""The eight dihedral flips."""

import numpy as np
import torch
from torch import Tensor


def flips(low: Tensor, high: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Flip and transpose each pair of square patches `(B, C, p, p)` at random, both alike.

    Timofte et al., "Seven ways to improve example-based single image super resolution", CVPR 2016.
    """
    chosen = (random.random((3, len(low))) < 0.5).T.tolist()
    return _flipped(low, chosen), _flipped(high, chosen)


def _flipped(images: Tensor, chosen: list[list[bool]]) -> Tensor:
    # patch by patch: three times as fast as torch.where on the batch
    return torch.stack([_turned(image, *turns) for image, turns in zip(images, chosen, strict=True)])


def _turned(image: Tensor, mirror: bool, upset: bool, transpose: bool) -> Tensor:
    axes = [-1] * mirror + [-2] * upset
    image = image.flip(axes) if axes else image
    return image.transpose(-1, -2) if transpose else image
