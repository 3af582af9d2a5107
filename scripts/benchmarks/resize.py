"""Shrinking a 2040×1356 RGB uint8 image by 4 beside vectorised float64 NumPy: at least twice as fast, same bits."""

import math

import numpy as np
import torch
from _rounds import race

from sr_experiments.resize import resize


def shrunk_axis(image: np.ndarray, size: int, axis: int) -> np.ndarray:
    """MATLAB's imresize of one axis (0 or 1) of uint8 `(H, W, C)`: a sum over taps of gathered, weighted images."""
    length = image.shape[axis]
    scale = size / length
    width = 4 / scale
    center = np.arange(1, size + 1) / scale + 0.5 * (1 - 1 / scale)
    taps = np.floor(center - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    x = np.abs(scale * (center[:, None] - taps))
    weights = (1.5 * x**3 - 2.5 * x**2 + 1) * (x <= 1) + (-0.5 * x**3 + 2.5 * x**2 - 4 * x + 2) * ((x > 1) & (x <= 2))
    weights /= weights.sum(1, keepdims=True)
    mirrored = np.r_[:length, length - 1 : -1 : -1]
    indices = mirrored[(taps.astype(int) - 1) % (2 * length)]
    used = np.flatnonzero(weights.any(0))
    image = image.astype(np.float64)
    shape = (-1, 1, 1) if axis == 0 else (-1, 1)
    total = np.take(image, indices[:, used[0]], axis) * weights[:, used[0]].reshape(shape)
    for tap in used[1:]:
        total += np.take(image, indices[:, tap], axis) * weights[:, tap].reshape(shape)
    return np.clip(np.floor(total + 0.5), 0, 255).astype(np.uint8)


def main() -> None:
    image = np.random.default_rng(0).integers(0, 256, (1356, 2040, 3), dtype=np.uint8)
    tensor = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    theirs = shrunk_axis(shrunk_axis(image, 339, 0), 510, 1)
    assert (resize(tensor, (339, 510)).permute(1, 2, 0).numpy() == theirs).all(), "other bits than the reference"
    torch.set_num_threads(1)
    race(
        "resize",
        __doc__,
        lambda: resize(tensor, (339, 510)),
        lambda: shrunk_axis(shrunk_axis(image, 339, 0), 510, 1),
        most=0.5,
    )


if __name__ == "__main__":
    main()
