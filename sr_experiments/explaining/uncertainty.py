"""How unsure a network says it is of each pixel, and whether it is right."""

from math import sqrt
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sr_experiments.inference.network import Network
from sr_experiments.inference.samples import noise

PROMISED = (0.5, 0.9, 0.95)
SHARES = tuple(tenth / 20 for tenth in range(1, 20))
SAMPLES = 8


class Calibration(NamedTuple):
    """Whether a normal distribution around each pixel is as wide as errors are.

    `coverage`: the share of values within the intervals that promise 50, 90 and 95 % of them. `reliability`: the same
    for 5 to 95 %, as (promised, held). `sharpness`: the mean deviation, in grey levels of 255: of two that are equally
    calibrated the smaller one says more. `error`: the mean distance of held from promised.
    """

    coverage: dict[str, float]
    reliability: list[tuple[float, float]]
    sharpness: float
    error: float


def deviation(network: Network, low: Tensor) -> Tensor | None:
    """The standard deviation `(C, s·H, s·W)` that a network gives for the result of an image `(C, H, W)` of [0, 1].

    Of one that returns (image, log variance) of the image's shape, as `loss/heteroscedastic.py` trains it; or of one
    that draws, over 8 samples. None of any other.
    """
    with torch.inference_mode():
        returned: Any = network.call(low[None])
        if isinstance(returned, tuple) and isinstance(returned[1], Tensor) and returned[1].shape == returned[0].shape:
            return (returned[1][0] / 2).exp()
        if not network.noise_channels:
            return None
        drawn = [network(low[None], noise(low, network.noise_channels, number)[None]) for number in range(SAMPLES)]
        return torch.cat(drawn).std(0)


def calibration(output: Tensor, sigma: Tensor, target: Tensor) -> Calibration:
    """How well `sigma` says by how much `output` misses `target`, all of one shape and in [0, 1].

    Kuleshov, Fenner and Ermon, "Accurate uncertainties for deep learning using calibrated regression", ICML 2018.
    """
    away = (output - target).double().abs() / sigma.double().clamp(min=1e-12)
    within = torch.erf(away / sqrt(2)).flatten().sort().values  # the least interval that holds each value

    def held(share: float) -> float:
        return float(torch.searchsorted(within, torch.tensor(share, dtype=within.dtype), right=True)) / len(within)

    reliability = [(share, held(share)) for share in SHARES]
    return Calibration(
        coverage={f"{100 * share:.0f}": held(share) for share in PROMISED},
        reliability=reliability,
        sharpness=255 * float(sigma.mean()),
        error=sum(abs(promised - share) for promised, share in reliability) / len(reliability),
    )
