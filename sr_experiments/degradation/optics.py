"""What a microscope of a smaller aperture, and a camera of larger pixels, would see."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import j1
from torch import Tensor
from torch.nn.functional import avg_pool2d

from sr_experiments.degradation.filters import filter_each, grid
from sr_experiments.degradation.precision import as_given

_RINGS = 5  # wavelengths over aperture, as far as the pattern is followed


def optics(high: Tensor, *, scale: int, aperture: float, wavelength: float | Sequence[float], pixel: float) -> Tensor:
    """Blur `(C, s·h, s·w)` by diffraction, then take the mean of each s×s block: `(C, h, w)`.

    The point spread function of incoherent light in focus is Airy's, (2 J₁(v) / v)² with v = 2π · aperture · r /
    wavelength: Born and Wolf, "Principles of Optics", 8.5.2. `aperture` is numerical; `wavelength`, one or one for each
    channel, and `pixel`, the side of a small pixel in the specimen, are in nanometres. Borders are mirrored. Uint8 is
    rounded, float 0 to 255 is not. A ValueError where wavelengths are not as many as channels, or a scale is not whole.
    """
    waves = [wavelength] * len(high) if isinstance(wavelength, int | float) else list(wavelength)
    if scale != int(scale) or len(waves) != len(high):
        raise ValueError(f"optics: expected a whole scale and {len(high)} wavelengths, got scale={scale}, {waves}")
    kernels = np.stack([airy(aperture, each, pixel, max(waves)) for each in waves])
    return as_given(avg_pool2d(filter_each(high[:, None].double(), kernels), int(scale))[:, 0], high)


def airy(aperture: float, wavelength: float, pixel: float, longest: float) -> np.ndarray:
    """The pattern `(k, k)` at the middles of pixels, not scaled; k is that of the `longest` wavelength."""
    reach = math.ceil(_RINGS * longest / aperture / pixel)
    y, x = grid([2 * reach + 1])
    v = np.maximum(2 * np.pi * aperture * np.hypot(x, y) * pixel / wavelength, 1e-9)
    return (2 * j1(v) / v) ** 2
