"""Low-resolution images that are given, not made."""

import re
from collections.abc import Sequence

import numpy as np

from sr_experiments.data.pairs import Pair, Pairs, below
from sr_experiments.data.store import high_images
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image
from sr_experiments.resize import high_size, low_size


def given_pairs(highs: Sequence[ImageFile], lows: Sequence[ImageFile], scale: float) -> tuple[list[Pair], list[str]]:
    """Images with the low-resolution ones of the same name, and a line for each that can't be used.

    Marks that sets put into names don't count: `ax3.png`, `a_x3.png` and `a_LRBI_x3.png` go with `a.png`. A ValueError
    where none goes with any.
    """
    large, small, problems = _partners(highs, lows, scale)
    pairs = []
    for name in (name for name in large if name in small):
        try:
            pairs.append(given(large[name], small[name], scale))
        except ValueError as error:
            problems.append(str(error))
    return pairs, problems


def stored_pairs(
    highs: Sequence[ImageFile], lows: Sequence[ImageFile], scale: int, smallest: int = 1
) -> tuple[Pairs, list[str]]:
    """The same, of images that are decoded at their first use; see `read_pairs` for `smallest`."""
    _, _, partnerless = _partners(highs, lows, scale)
    high, low = high_images(highs), high_images(lows)
    places = {_unmarked(lows[number], scale): place for place, number in enumerate(low.numbers)}
    partners = [places.get(_unmarked(highs[number], scale), -1) for number in high.numbers]
    found = np.array(partners, np.int64) >= 0
    if not found.any():
        return Pairs(low, high, scale, np.flatnonzero(found)), [*partnerless, *high.problems, *low.problems]
    low_images = low.taken([max(partner, 0) for partner in partners])
    fits = (low_images.sizes == high.sizes // scale).all(axis=1)
    small, too_small = below(high, smallest * scale)
    misfits = [
        f"{highs[high.numbers[number]]}: {_misfit(high.sizes[number], low_images.sizes[number], scale)}"
        for number in np.flatnonzero(found & ~fits).tolist()
    ]
    problems = [*partnerless, *high.problems, *low.problems, *misfits, *too_small]
    return Pairs(low_images, high, scale, np.flatnonzero(found & fits & ~small)), problems


def _misfit(high: np.ndarray, low: np.ndarray, scale: int) -> str:
    (height, width), (rows, columns) = high // scale, low
    return f"expected {width}×{height} pixels of its partner, its own ÷{scale}, got {columns}×{rows}"


def _partners(
    highs: Sequence[ImageFile], lows: Sequence[ImageFile], scale: float
) -> tuple[dict[str, ImageFile], dict[str, ImageFile], list[str]]:
    """Both by name, and a line for each that has no partner; a ValueError where none has, or two have one name."""
    large, small = _by_name(highs, scale), _by_name(lows, scale)
    if not set(large) & set(small):
        raise ValueError(
            f"no image of {lows[0].parent} goes with one of {highs[0].parent}: "
            f"expected the same names, such as a.png and ax{scale}.png"
        )
    alone = sorted(set(large) ^ set(small))
    return large, small, [f"{(large | small)[name]}: it has no partner" for name in alone]


def _by_name(paths: Sequence[ImageFile], scale: float) -> dict[str, ImageFile]:
    named = {_unmarked(path, scale): path for path in paths}
    if twin := next((path for path in paths if named[_unmarked(path, scale)] != path), None):
        raise ValueError(f"two images have one name, {twin} and {named[_unmarked(twin, scale)]}: which is the partner?")
    return named


def _unmarked(path: ImageFile, scale: float) -> str:
    return re.sub(rf"(_?HR)?(_?LR[A-Z]*)?(_?x{scale})?$", "", path.stem)


def given(high_file: ImageFile, low_file: ImageFile, scale: float) -> Pair:
    """The pair that two files make, the larger image cropped from the top left to a multiple of the scale."""
    high, low = read_image(high_file), read_image(low_file)
    height, width = low_size(high.shape[-2:], scale)
    if low.shape[-2:] != (height, width):
        expected, size = f"{width}×{height}", f"{low.shape[-1]}×{low.shape[-2]}"
        raise ValueError(f"{low_file}: expected {expected} pixels, its high-resolution image ÷{scale}, got {size}")
    height, width = high_size((height, width), scale)
    return Pair(high_file.stem, low, high[:, :height, :width])
