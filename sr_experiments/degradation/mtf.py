"""What a satellite's sensor of larger pixels would see."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

from sr_experiments.degradation.precision import as_given


def mtf(high: Tensor, *, scale: int, gain: float | Sequence[float]) -> Tensor:
    """Blur `(C, s·h, s·w)` as a sensor does and sample the middle of each s×s block: `(C, h, w)`.

    The modulation transfer function is a Gaussian that passes the share `gain` of the highest frequency that the larger
    pixels hold; a number, or one for each band. Aiazzi et al., "MTF-tailored multiscale fusion of high-resolution MS
    and Pan imagery", PE&RS 2006. To make the target out of what there is, and the input `scale` times coarser, is
    Wald's protocol (Wald, Ranchin and Mangolini, PE&RS 1997). Borders are repeated. Uint8 is rounded, float 0 to 255 is
    not. A ValueError for gains that are no shares, or not as many as bands, and for a scale that is not whole.
    """
    gains = [gain] * len(high) if isinstance(gain, int | float) else list(gain)
    if scale != int(scale) or len(gains) != len(high) or not all(0 < each < 1 for each in gains):
        raise ValueError(
            f"mtf: expected a whole scale, and a gain between 0 and 1 or one for each of {len(high)} bands, got "
            f"scale={scale}, gain={gain}"
        )
    image = high[None].double()
    for _ in range(2):
        image = _sample(image.mT, [sigma(each, scale) for each in gains], int(scale))
    return as_given(image[0], high)


def sigma(gain: float, scale: int) -> float:
    """The standard deviation in small pixels of the blur that passes `gain` of half a cycle a large pixel."""
    return scale / math.pi * math.sqrt(-2 * math.log(gain))


def _sample(image: Tensor, sigmas: Sequence[float], scale: int) -> Tensor:
    """`(1, C, H, W)` blurred along the last axis, of which the middle of each `scale` pixels is left."""
    reach = math.ceil(4 * max(sigmas))
    places = torch.arange(-reach, scale + reach, dtype=torch.float64, device=image.device) - (scale - 1) / 2
    kernels = torch.stack([torch.exp(-(places**2) / (2 * each**2)) for each in sigmas])
    kernels = (kernels / kernels.sum(-1, keepdim=True))[:, None, None]
    return conv2d(pad(image, (reach, reach, 0, 0), mode="replicate"), kernels, stride=(1, scale), groups=len(sigmas))
