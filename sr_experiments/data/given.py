"""Low-resolution images that are given, not made."""

import re
from collections.abc import Sequence

from sr_experiments.data.pairs import Pair
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image
from sr_experiments.resize import high_size, low_size


def given_pairs(highs: Sequence[ImageFile], lows: Sequence[ImageFile], scale: float) -> tuple[list[Pair], list[str]]:
    """Images with the low-resolution ones of the same name, and a line for each that can't be used.

    Marks that sets put into names don't count: `ax3.png`, `a_x3.png` and `a_LRBI_x3.png` go with `a.png`. A ValueError
    where none goes with any.
    """
    large, small = ({_unmarked(path, scale): path for path in paths} for paths in (highs, lows))
    names = [name for name in large if name in small]
    if not names:
        raise ValueError(
            f"no image of {lows[0].parent} goes with one of {highs[0].parent}: "
            f"expected the same names, such as a.png and ax{scale}.png"
        )
    pairs, problems = [], [f"{(large | small)[name]}: it has no partner" for name in sorted(set(large) ^ set(small))]
    for name in names:
        try:
            pairs.append(given(large[name], small[name], scale))
        except ValueError as error:
            problems.append(str(error))
    return pairs, problems


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
