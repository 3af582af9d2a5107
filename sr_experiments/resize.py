"""MATLAB's imresize, for tensors: the resize behind the field's low-resolution images and baselines.

Keys, "Cubic convolution interpolation for digital image processing", 1981 (a = -0.5), with imresize's conventions:
the kernel is widened when shrinking (not for nearest), weights are normalised, borders are mirrored, integer images are
rounded after each one-dimensional pass.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pixel_shuffle

_ROWS = 16  # as many output rows at once as stay in a core's cache


def _box(x: Any, _: Any) -> Any:
    return 1.0 * ((x >= -0.5) & (x < 0.5))


def _triangle(x: Any, _: Any) -> Any:
    return (1 - abs(x)) * (abs(x) < 1)


def _cubic(x: Any, _: Any) -> Any:
    x = abs(x)
    near = (1.5 * x**3 - 2.5 * x**2 + 1) * (x <= 1)
    far = (-0.5 * x**3 + 2.5 * x**2 - 4 * x + 2) * ((x > 1) & (x <= 2))
    return near + far


def _lanczos3(x: Any, library: Any) -> Any:
    return library.sinc(x) * library.sinc(x / 3) * (abs(x) < 3)


KERNELS: dict[str, tuple[Callable[[Any, Any], Any], int]] = {
    "nearest": (_box, 1),
    "bilinear": (_triangle, 2),
    "bicubic": (_cubic, 4),
    "lanczos": (_lanczos3, 6),
}


def _contributions(length: int, size: int, kernel: str, library: Any = np, shift: float = 0.0) -> tuple[Any, Any]:
    """Which input samples make each of `size` output samples, and their weights: two arrays (taps, size).

    `library` is NumPy, or torch for sizes that torch.export leaves open: their functions have the same names.
    """
    function, support = KERNELS[kernel]
    scale = size / length
    shrink = 1.0 if kernel == "nearest" else min(scale, 1.0)
    support = support / shrink
    center = library.arange(1, size + 1, dtype=library.float64) / scale + 0.5 * (1 - 1 / scale) + shift
    first = library.floor(center - support / 2)
    taps = first[:, None] + library.arange(math.ceil(support) + 2, dtype=library.float64)
    weights = function(shrink * (center[:, None] - taps), library)
    weights = weights / weights.sum(1)[:, None]
    place = (taps - 1) % (2 * length)
    indices = library.minimum(place, 2 * length - 1 - place)
    if library is np and not torch.compiler.is_compiling():
        used = weights.any(0)  # an end of the kernel may miss zero by a rounding error, which can decide a tie
        return indices.T[used], weights.T[used]
    return indices[:, 1:-1].T, weights[:, 1:-1].T


def _constants(
    length: int, size: int, kernel: str, shift: float, dtype: torch.dtype, device: torch.device
) -> tuple[Tensor, Tensor]:
    indices, weights = _contributions(length, size, kernel, shift=shift)
    indices = torch.as_tensor(indices, dtype=torch.int64, device=device)
    return indices, torch.as_tensor(weights, dtype=dtype, device=device)[..., None]


_known_constants = lru_cache(maxsize=256)(torch.inference_mode(False)(_constants))  # a copy to a GPU waits for it


def _taps(image: Tensor, size: int, kernel: str, shift: float) -> tuple[Tensor, Tensor]:
    """The contributions to `size` rows of `image`: indices (taps, size), weights (taps, size, 1)."""
    length, dtype = image.shape[-2], torch.float64 if image.dtype == torch.uint8 else image.dtype
    if isinstance(length, int) and isinstance(size, int):
        known = _constants if torch.compiler.is_compiling() else _known_constants
        return known(length, size, kernel, shift, dtype, image.device)
    indices, weights = _contributions(length, size, kernel, torch, shift)
    return indices.to(image.device, torch.int64), weights.to(image.device, dtype)[..., None]


def _weighted_rows(image: Tensor, indices: Tensor, weights: Tensor) -> Tensor:
    """Rows times weights, summed in MATLAB's order: another order, or a fused product, would round otherwise."""
    total = image.index_select(-2, indices[0]).to(weights.dtype).mul_(weights[0])
    for index, weight in zip(indices[1:], weights[1:], strict=True):
        total += image.index_select(-2, index).to(weights.dtype).mul_(weight)
    return total


def _resize_rows(image: Tensor, size: int, kernel: str, shift: float = 0.0) -> Tensor:
    """`(..., H, W)` to `(..., size, W)`."""
    indices, weights = _taps(image, size, kernel, shift)
    if image.dtype != torch.uint8:
        return _weighted_rows(image, indices, weights)
    blocks = zip(indices.split(_ROWS, 1), weights.split(_ROWS, 1), strict=True)
    return torch.cat([(_weighted_rows(image, *block) + 0.5).floor().clamp(0, 255).byte() for block in blocks], -2)


def _resize_columns(image: Tensor, size: int, kernel: str, shift: float) -> Tensor:
    """`(..., H, W)` to `(..., H, size)`."""
    return _resize_rows(image.mT.contiguous(), size, kernel, shift).mT.contiguous()


def low_size(high: Sequence[int], scale: float) -> tuple[int, int]:
    """The (height, width) of the low-resolution image that goes with a high one of these sides, fractions cut off."""
    return math.floor(high[0] / scale), math.floor(high[1] / scale)


def high_size(low: Sequence[int], scale: float) -> tuple[int, int]:
    """The (height, width) of a low-resolution image of these sides when it is enlarged, rounded."""
    return round(low[0] * scale), round(low[1] * scale)


def resize(image: Tensor, size: tuple[int, int], kernel: str = "bicubic", *, shift: float = 0.0) -> Tensor:
    """Resize `(..., H, W)` to `(..., *size)` as MATLAB's imresize does.

    uint8 comes back as uint8, each pass rounded half up: bit-exact with MATLAB. Floating point stays in its own
    precision, is not rounded or clamped, and can be differentiated. `kernel`: nearest, bilinear, bicubic or lanczos.
    `shift`: by how many of the image's columns what is seen lies further right than where MATLAB has it.
    """
    if kernel not in KERNELS:
        raise ValueError(f"no kernel called {kernel!r}: choose one of {', '.join(KERNELS)}")
    height, width = image.shape[-2:]
    if not isinstance(height, int) and not shift:  # a side that torch.export leaves open
        factor = int(size[0] // height)
        if size == (factor * height, factor * width):
            return enlarge(image, factor, kernel)
    if size[0] / height <= size[1] / width:
        return _resize_columns(_resize_rows(image, size[0], kernel), size[1], kernel, shift)
    return _resize_rows(_resize_columns(image, size[1], kernel, shift), size[0], kernel)


def enlarge(image: Tensor, factor: int, kernel: str = "bicubic") -> Tensor:
    """`(B, C, H, W)` in floating point to `(B, C, factor·H, factor·W)`, as `resize` does but for the rounding of sums.

    One convolution with constant weights, a shuffle of pixels: what graphs for any size hold, and many times as fast.
    """
    known = _phases if torch.compiler.is_compiling() else _known_phases
    weights, radius = known(factor, kernel, image.dtype, image.device)
    for axis in (-2, -1):
        length = image.shape[axis]
        places = torch.arange(-radius, length + radius, device=image.device)
        places = torch.where(places < 0, -1 - places, places)
        places = torch.where(places < length, places, 2 * length - 1 - places)
        image = image.index_select(axis, places.clamp(0, length - 1))
    channels = image.shape[1]
    return pixel_shuffle(conv2d(image, weights.repeat(channels, 1, 1, 1), groups=channels), factor)


def _phases(factor: int, kernel: str, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, int]:
    """The weights `(factor², 1, 2·radius + 1, 2·radius + 1)` of the pixels that one pixel becomes, and the radius."""
    length = 4 * KERNELS[kernel][1]
    indices, weights = _contributions(length, length * factor, kernel)
    middle = slice(length // 2 * factor, (length // 2 + 1) * factor)
    offsets, weights = indices[:, middle].astype(int) - length // 2, weights[:, middle]
    radius = int(abs(offsets[weights != 0]).max())
    taps = np.zeros((factor, 2 * radius + 1))
    for offset, weight in zip(offsets, weights, strict=True):
        kept = abs(offset) <= radius
        taps[np.arange(factor)[kept], offset[kept] + radius] += weight[kept]
    phases = np.einsum("ia,jb->ijab", taps, taps).reshape(factor**2, 1, *2 * [2 * radius + 1])
    return torch.as_tensor(phases, dtype=dtype, device=device), radius


_known_phases = lru_cache(maxsize=16)(torch.inference_mode(False)(_phases))
