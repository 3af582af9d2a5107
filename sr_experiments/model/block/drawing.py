"""What networks that draw share."""

from math import isfinite
from typing import Any

from torch import Tensor


def join(features: Any, beside: Tensor) -> Tensor:
    """The sum of an encoder's features and others `(B, width, H, W)`; a ValueError where these are not of one shape."""
    if not isinstance(features, Tensor) or features.shape != beside.shape:
        made = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        raise ValueError(
            f"a network that draws needs an encoder that makes features {tuple(beside.shape)} (model.width of them), "
            f"got {made}: model/encoder=convolution makes such"
        )
    return features + beside


def check_temperature(temperature: float) -> float:
    """The deviation of a sampler's noise, or a ValueError unless it is a number of at least 0."""
    if not isinstance(temperature, int | float) or not isfinite(temperature) or temperature < 0:
        raise ValueError(f"temperature: expected a number of at least 0, got {temperature!r}")
    return temperature
