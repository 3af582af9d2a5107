"""Noise of sensors: Gaussian, Poisson, speckle."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from sr_experiments.degradation.draws import between, like

LUMA = np.array([0.299, 0.587, 0.114]).reshape(3, 1, 1)


def gaussian_noise(
    image: Tensor, random: np.random.Generator, size: tuple[int, int], *, sigma: Sequence[float], gray: float
) -> Tensor:
    """Add normal noise of standard deviation `sigma`, in levels of 255, clipped to 0 to 1.

    A share `gray` of the images has the same noise in all channels. Wang et al., "Real-ESRGAN", ICCVW 2021: 1 to 30.
    """
    return (image + _normal(image, random, sigma, gray)).clamp(0, 1)


def speckle_noise(
    image: Tensor, random: np.random.Generator, size: tuple[int, int], *, sigma: Sequence[float], gray: float
) -> Tensor:
    """Multiply by 1 + normal noise of standard deviation `sigma`, in levels of 255, clipped to 0 to 1.

    Zhang et al., "Designing a practical degradation model for deep blind image super-resolution" (BSRGAN), ICCV 2021.
    """
    return (image * (1 + _normal(image, random, sigma, gray))).clamp(0, 1)


def poisson_noise(
    image: Tensor, random: np.random.Generator, size: tuple[int, int], *, scale: Sequence[float], gray: float
) -> Tensor:
    """Add `scale` times the noise of counted light, stronger where it is brighter, clipped to 0 to 1.

    White is as many counts as the image has values, made a power of two, as in Real-ESRGAN's code. A share `gray` of
    the images has the noise of its luma (the mean of channels that are not RGB) in all of them. Wang et al.,
    "Real-ESRGAN", ICCVW 2021: scale 0.05 to 3.
    """
    strength = between(random, scale, len(image))[:, None, None, None]
    clean = np.rint(255 * image.cpu().numpy().clip(0, 1)) / 255
    weights = LUMA if image.shape[1] == len(LUMA) else 1 / image.shape[1]
    luma = np.rint(255 * (weights * clean).sum(1, keepdims=True)) / 255
    noise = np.where(_grays(random, len(image), gray), _shot(random, luma), _shot(random, clean))
    return (image + like(strength * noise, image)).clamp(0, 1)


def _normal(image: Tensor, random: np.random.Generator, sigma: Sequence[float], gray: float) -> Tensor:
    deviation = between(random, sigma, len(image)).reshape(-1, 1, 1, 1) / 255
    noise = random.standard_normal(image.shape, np.float32)
    return like(deviation * np.where(_grays(random, len(image), gray), noise[:, :1], noise), image)


def _grays(random: np.random.Generator, count: int, gray: float) -> np.ndarray:
    return random.random((count, 1, 1, 1)) < gray


def _shot(random: np.random.Generator, clean: np.ndarray) -> np.ndarray:
    values = np.array([len(np.unique(picture)) for picture in clean])
    counts = 2 ** np.ceil(np.log2(values))[:, None, None, None]
    return random.poisson(clean * counts) / counts - clean
