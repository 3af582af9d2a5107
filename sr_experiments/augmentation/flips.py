"""The eight dihedral flips."""

import numpy as np
import torch
from torch import Tensor


def flips(low: Tensor, high: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Flip and transpose each pair of square patches `(B, C, p, p)` at random, both alike.

    Timofte et al., "Seven ways to improve example-based single image super resolution", CVPR 2016.
    """
    chosen = torch.from_numpy(random.random((3, len(low), 1, 1, 1)) < 0.5)
    return _flipped(low, chosen), _flipped(high, chosen)


def _flipped(image: Tensor, chosen: Tensor) -> Tensor:
    image = torch.where(chosen[0], image.flip(-1), image)
    image = torch.where(chosen[1], image.flip(-2), image)
    return torch.where(chosen[2], image.transpose(-1, -2), image)
