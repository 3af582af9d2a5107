"""What a network that draws knows beside the image, joined to what its encoder made of the image."""

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
