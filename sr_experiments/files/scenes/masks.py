"""Pixels that mean nothing: padding, nodata, NaN."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt


def fill(channel: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A channel `(H, W)` with the nearest value that means something where its own means nothing."""
    if valid.all() or not valid.any():
        return channel
    places = distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return channel[tuple(places)]  # pyright: ignore[reportArgumentType]


def largest_rectangle(valid: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns of the largest rectangle of `(H, W)` that is true everywhere."""
    best, heights = (0, slice(0, 0), slice(0, 0)), np.zeros(valid.shape[1], np.int64)
    if valid.all():
        return slice(0, valid.shape[0]), slice(0, valid.shape[1])
    for bottom, row in enumerate(valid, 1):
        heights = np.where(row, heights + 1, 0)
        waiting: list[tuple[int, int]] = []  # where a rectangle begins, and its height, lower ones first
        for right, height in enumerate([*heights.tolist(), 0]):
            left = right
            while waiting and waiting[-1][1] >= height:
                left, tall = waiting.pop()
                if tall * (right - left) > best[0]:
                    best = tall * (right - left), slice(bottom - tall, bottom), slice(left, right)
            waiting.append((left, height))
    return best[1], best[2]


def as_type(values: NDArray[Any], valid: NDArray[np.bool_], dtype: Any, nothing: float | None) -> NDArray[Any]:
    """Values in a file's type, rounded where that has whole numbers, and `nothing` where they mean nothing.

    What means something and would be `nothing` becomes its neighbour.
    """
    if np.issubdtype(dtype, np.integer):
        most = np.iinfo(dtype)
        values = np.rint(values).clip(most.min, most.max)
        if nothing is not None:
            values = np.where(values == nothing, nothing + (1 if nothing < most.max else -1), values)
    result = values.astype(dtype)
    if nothing is not None:
        result[~valid] = nothing
    return result
