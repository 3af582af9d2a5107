"""Blur by Gaussian kernels, round or oblong, and by their two generalisations."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from sr_experiments.degradation.draws import between
from sr_experiments.degradation.filters import filter_each, grid, kernel_mask

PROFILES = {"gaussian": lambda distance: np.exp(-distance / 2), "plateau": lambda distance: 1 / (1 + distance)}


def gaussian_blur(
    image: Tensor,
    random: np.random.Generator,
    size: tuple[int, int],
    *,
    sides: Sequence[int],
    sigma: Sequence[float],
    isotropic: float,
    power: Sequence[float],
    profile: str,
) -> Tensor:
    """Blur each image with exp(-d²ᵖ / 2), or 1 / (1 + d²ᵖ) for a `profile` of plateau: d counts standard deviations.

    `sides` of the kernel and `sigma` along either axis in pixels, turned at random; a share `isotropic` of the kernels
    is round. `power` p = 1 is the Gaussian, otherwise the generalised one: one half of the draws is below 1, the other
    above, as Real-ESRGAN draws. Wang et al., "Real-ESRGAN", ICCVW 2021, section 3.1.
    """
    if profile not in PROFILES:
        raise ValueError(f"gaussian_blur: profile is {' or '.join(PROFILES)}, not {profile!r}")
    distance = _distances(random, len(image), sides, sigma, isotropic)
    return filter_each(image, PROFILES[profile](distance ** _powers(random, len(image), power)))


def _distances(
    random: np.random.Generator, count: int, sides: Sequence[int], sigma: Sequence[float], isotropic: float
) -> np.ndarray:
    """d² of each tap `(count, k, k)`, infinite beyond the drawn side."""
    along, across = between(random, sigma, 2 * count).reshape(2, count, 1, 1)
    across = np.where(random.random((count, 1, 1)) < isotropic, along, across)
    angle = between(random, (0, np.pi), count)[:, None, None]
    y, x = grid(sides)
    forward, aside = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.where(kernel_mask(random, count, sides), (forward / along) ** 2 + (aside / across) ** 2, np.inf)


def _powers(random: np.random.Generator, count: int, limits: Sequence[float]) -> np.ndarray:
    below, above = between(random, (limits[0], 1), count), between(random, (1, limits[1]), count)
    return np.where(random.random(count) < 0.5, below, above)[:, None, None]
