"""Several sources, of which some are drawn more often than others."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sr_experiments.data.sources.files import image_files
from sr_experiments.files.elsewhere import ImageFile


def image_parts(
    sources: str | Sequence[str | Path], weights: Sequence[float], reader: Any = None
) -> list[list[ImageFile]]:
    """The files of each source that has a weight, or of all together; a ValueError where the weights don't fit."""
    if not weights:
        return [image_files(sources, reader)]
    parts = [sources] if isinstance(sources, str) else sources
    numbers = isinstance(weights, Sequence) and all(isinstance(weight, int | float) for weight in weights)
    if not numbers or len(weights) != len(parts) or min(weights) <= 0:
        raise ValueError(f"data.weights: expected a number above 0 for each of {len(parts)} sources, got {weights}")
    return [image_files([source], reader) for source in parts]


def chances(weights: Sequence[tuple[float, int]], files: Sequence[int]) -> np.ndarray | None:
    """How likely each of `files` is to be drawn, summed up, so that a number below 1 finds it; None without weights.

    `weights`: each source's, with how many files it has; `files`: the numbers of those that are used, among all. Within
    a source they are alike. A ValueError where none of a source is used.
    """
    if not weights:
        return None
    source = np.repeat(np.arange(len(weights)), [count for _, count in weights])[files]
    used = np.bincount(source, minlength=len(weights))
    if not used.all():
        raise ValueError(f"data.weights: no image of source {int(used.argmin()) + 1} in data.train can be used")
    likely = np.cumsum((np.array([weight for weight, _ in weights]) / used)[source])
    return likely / likely[-1]
