"""Resizes, by a random one of several kernels."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn.functional import interpolate

from sr_experiments.degradation.draws import between
from sr_experiments.resize import resize


def to_low(image: Tensor, random: np.random.Generator, size: tuple[int, int], *, kernels: Sequence[str]) -> Tensor:
    """Resize to the low-resolution size by one of `kernels`: area, nearest, bilinear, bicubic, lanczos.

    Area is the mean of the pixels that a new one covers, in part or whole; the others are those of MATLAB's imresize.
    """
    return _resize(image, random, size, kernels)


def random_resize(
    image: Tensor,
    random: np.random.Generator,
    size: tuple[int, int],
    *,
    kernels: Sequence[str],
    factors: Sequence[Sequence[float]],
    chances: Sequence[float],
    of: str,
) -> Tensor:
    """Resize all images by one random factor, drawn from one of the ranges `factors`, which is drawn by `chances`.

    The factor is one `of` the `image` as it comes, or of the `low`-resolution size. Wang et al., "Real-ESRGAN", ICCVW
    2021: enlarged by up to 1.5, shrunk to down to 0.15, or kept.
    """
    if of not in ("image", "low"):
        raise ValueError(f"random_resize: of is image or low, not {of!r}")
    limits = factors[random.choice(len(factors), p=chances)]
    factor = between(random, limits, 1)[0]
    height, width = image.shape[-2:] if of == "image" else size
    return _resize(image, random, (max(int(height * factor), 1), max(int(width * factor), 1)), kernels)


def _resize(image: Tensor, random: np.random.Generator, size: tuple[int, int], kernels: Sequence[str]) -> Tensor:
    kernel = str(random.choice(kernels))
    return interpolate(image, size, mode="area") if kernel == "area" else resize(image, size, kernel)
