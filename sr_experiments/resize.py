"""MATLAB's imresize, for tensors: the resize behind the field's low-resolution images and baselines.

Keys, "Cubic convolution interpolation for digital image processing", 1981 (a = -0.5), with imresize's conventions:
the kernel is widened when shrinking, weights are normalised, borders are mirrored, integer images are rounded after
each one-dimensional pass.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


def _box(x: np.ndarray) -> np.ndarray:
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.clip(1 - np.abs(x), 0, None)


def _cubic(x: np.ndarray) -> np.ndarray:
    x = np.abs(x)
    near = (1.5 * x**3 - 2.5 * x**2 + 1) * (x <= 1)
    far = (-0.5 * x**3 + 2.5 * x**2 - 4 * x + 2) * ((x > 1) & (x <= 2))
    return near + far


def _lanczos3(x: np.ndarray) -> np.ndarray:
    return np.sinc(x) * np.sinc(x / 3) * (np.abs(x) < 3)


KERNELS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]] = {
    "nearest": (_box, 1),
    "bilinear": (_triangle, 2),
    "bicubic": (_cubic, 4),
    "lanczos": (_lanczos3, 6),
}


@lru_cache(maxsize=256)
def _contributions(length: int, size: int, kernel: str) -> tuple[np.ndarray, np.ndarray]:
    """Which input samples make each of `size` output samples, and their weights: two arrays (size, taps)."""
    function, support = KERNELS[kernel]
    scale = size / length
    shrink = min(scale, 1.0)
    support = support / shrink
    center = np.arange(1, size + 1) / scale + 0.5 * (1 - 1 / scale)
    first = np.floor(center - support / 2)
    taps = first[:, None] + np.arange(math.ceil(support) + 2)
    weights = function(shrink * (center[:, None] - taps))
    weights /= weights.sum(axis=1, keepdims=True)
    mirrored = np.concatenate([np.arange(length), np.arange(length)[::-1]])
    indices = mirrored[(taps.astype(np.int64) - 1) % (2 * length)]
    used = np.any(weights != 0, axis=0)
    return np.ascontiguousarray(indices[:, used].T), np.ascontiguousarray(weights[:, used].T)


@torch.compiler.assume_constant_result
def _taps(length: int, size: int, kernel: str) -> tuple[Tensor, Tensor]:
    """`_contributions` as tensors; a compiler takes what it returns rather than its NumPy."""
    indices, weights = _contributions(length, size, kernel)
    return torch.from_numpy(indices), torch.from_numpy(weights)


def _resize_axis(image: Tensor, size: int, axis: int, kernel: str) -> Tensor:
    index, weight = _taps(int(image.shape[axis]), int(size), kernel)
    index, weight = index.to(image.device), weight.to(image)
    weight = weight[..., None] if axis == -2 else weight
    result = image.index_select(axis, index[0]) * weight[0]
    for tap in range(1, len(index)):
        result = result + image.index_select(axis, index[tap]) * weight[tap]
    return result


def resize(image: Tensor, size: tuple[int, int], kernel: str = "bicubic") -> Tensor:
    """Resize `(..., H, W)` to `(..., *size)` as MATLAB's imresize does.

    uint8 comes back as uint8, each pass rounded half up: bit-exact with MATLAB. Floating point stays in its own
    precision, is not rounded or clamped, and can be differentiated. `kernel`: nearest, bilinear, bicubic or lanczos.
    """
    if kernel not in KERNELS:
        raise ValueError(f"no kernel called {kernel!r}: choose one of {', '.join(KERNELS)}")
    whole = image.dtype == torch.uint8
    height_first = size[0] * image.shape[-1] <= size[1] * image.shape[-2]
    for axis in (-2, -1) if height_first else (-1, -2):
        image = _resize_axis(image.double() if whole else image, size[axis], axis, kernel)
        if whole:
            image = (image + 0.5).floor().clamp(0, 255).to(torch.uint8)
    return image
