"""The eight dihedral flips."""

import numpy as np
import torch
from torch import Tensor

from sr_experiments.transfer import to_device


def flips(
    low: Tensor, high: Tensor, random: np.random.Generator, first: int = 0, count: int | None = None
) -> tuple[Tensor, Tensor]:
    """Flip and transpose each pair of square patches `(B, C, p, p)` at random, both alike.

    They may be those of a batch of `count` from `first` on.

    Timofte et al., "Seven ways to improve example-based single image super resolution", CVPR 2016.
    """
    chosen = random.random((3, count or len(low)))[:, first : first + len(low)] < 0.5
    return _flip(low, chosen), _flip(high, chosen)


def _flip(images: Tensor, chosen: np.ndarray) -> Tensor:
    if images.device.type != "cpu":
        return _flip_on_device(images, to_device(chosen, images.device)[..., None, None, None])
    # NumPy moves whole patches, and torch mirrors them, many times as fast as the other way round
    images = images.clone()
    pixels = images.numpy()
    mirrored, upset, transposed = (np.flatnonzero(which) for which in chosen)
    pixels[mirrored] = torch.from_numpy(pixels[mirrored]).flip(-1).numpy()
    pixels[upset] = pixels[upset][:, :, ::-1]
    pixels[transposed] = pixels[transposed].swapaxes(-1, -2)
    return images


def _flip_on_device(images: Tensor, chosen: Tensor) -> Tensor:
    images = torch.where(chosen[0], images.flip(-1), images)
    images = torch.where(chosen[1], images.flip(-2), images)
    return torch.where(chosen[2], images.transpose(-1, -2), images)
