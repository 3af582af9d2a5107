"""Low-resolution images that are given, not made."""

from collections.abc import Mapping, Sequence

import numpy as np

from sr_experiments.data.decoded.images import levels
from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.pairs import Pair, Pairs, too_small
from sr_experiments.data.sources.partners import partners
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.resize import high_size, low_size


def file_pairs(
    highs: Mapping[str, ImageFile], lows: Sequence[ImageFile], scale: float, low_name: str | None = None
) -> tuple[list[Pair], list[str]]:
    """Images by name with the low-resolution ones that go with them, and a line for each that can't be used.

    See `partners`.
    """
    names, files = list(highs), list(highs.values())
    found, problems = partners(files, lows, scale, low_name)
    pairs = []
    for high, low in found.items():
        try:
            pairs.append(read_pair(names[high], files[high], lows[low], scale))
        except ValueError as error:
            problems.append(str(error))
    return pairs, problems


def stored_file_pairs(
    highs: Sequence[ImageFile],
    lows: Sequence[ImageFile],
    scale: int,
    smallest: int = 1,
    low_name: str | None = None,
) -> tuple[Pairs, list[str]]:
    """The same, of images that are decoded at their first use; see `read_pairs` for `smallest`."""
    numbers, partnerless = partners(highs, lows, scale, low_name)
    high, low = high_images(highs), high_images(lows)
    places = {number: place for place, number in enumerate(low.numbers)}
    found_at = [places.get(numbers.get(number, -1), -1) for number in high.numbers]
    found = np.array(found_at, np.int64) >= 0
    if not found.any():
        return Pairs(low, high, scale, np.flatnonzero(found)), [*partnerless, *high.problems, *low.problems]
    low_images = low.select([max(place, 0) for place in found_at])
    fits = (low_images.sizes == high.sizes // scale).all(axis=1)
    small, size_problems = too_small(high, smallest * scale)
    misfits = [
        f"{highs[high.numbers[number]]}: {_misfit(high.sizes[number], low_images.sizes[number], scale)}"
        for number in np.flatnonzero(found & ~fits).tolist()
    ]
    problems = [*partnerless, *high.problems, *low.problems, *misfits, *size_problems]
    return Pairs(low_images, high, scale, np.flatnonzero(found & fits & ~small)), problems


def _misfit(high: np.ndarray, low: np.ndarray, scale: int) -> str:
    (height, width), (rows, columns) = high // scale, low
    return f"expected {width}×{height} pixels of its partner, its own ÷{scale}, got {columns}×{rows}"


def read_pair(name: str, high_file: ImageFile, low_file: ImageFile, scale: float) -> Pair:
    """The pair that two files make, the larger image cropped from the top left to a multiple of the scale."""
    high, low = levels(read_deep(high_file)), levels(read_deep(low_file))
    height, width = low_size(high.shape[-2:], scale)
    if low.shape[-2:] != (height, width):
        expected, size = f"{width}×{height}", f"{low.shape[-1]}×{low.shape[-2]}"
        raise ValueError(f"{low_file}: expected {expected} pixels, its high-resolution image ÷{scale}, got {size}")
    height, width = high_size((height, width), scale)
    return Pair(name, low, high[:, :height, :width])
