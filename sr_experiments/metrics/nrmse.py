"""Errors as shares of what there is."""

from torch import Tensor
from torchmetrics import NormalizedRootMeanSquaredError


class NormalizedRmse(NormalizedRootMeanSquaredError):  # noqa: N818 - a metric
    """The root of the mean squared error over the target's mean, range or standard deviation, by torchmetrics.

    Of all pixels and channels of images `(B, C, H, W)` together. A ValueError for another `normalization`: l2 there
    divides by the norm of all pixels, and so depends on how many there are.
    """

    def __init__(self, *, normalization: str) -> None:
        if normalization not in ("mean", "range", "std"):
            raise ValueError(f"nrmse: normalization is mean, range or std, not {normalization!r}")
        super().__init__(normalization=normalization)  # pyright: ignore[reportArgumentType]

    def update(self, preds: Tensor, target: Tensor) -> None:
        super().update(preds.flatten(), target.flatten())
