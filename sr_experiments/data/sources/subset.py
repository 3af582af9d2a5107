"""A few images of many, for learning curves."""

from collections.abc import Sequence

import numpy as np

from sr_experiments.files.elsewhere import ImageFile


def subset(
    files: Sequence[ImageFile], seed: int, *, images: int | None = None, fraction: float | None = None
) -> list[ImageFile]:
    """So many `images`, or a `fraction` of them rounded to whole ones, in their order; all where neither is given.

    Which ones is a function of the seed, and those of fewer are among those of more: runs of one seed on 2, 8 and 32
    images are steps of one path. A ValueError where that is no image, or more than there are.
    """
    if images is None and fraction is None:
        return list(files)
    if images is not None and fraction is not None:
        raise ValueError(f"expected data.images or data.fraction, got both ({images} and {fraction}): leave one out")
    count = images if images is not None else round((fraction or 0) * len(files))
    if not 1 <= count <= len(files):
        asked = f"data.images={images}" if images is not None else f"data.fraction={fraction}"
        raise ValueError(f"{asked}: expected 1 to {len(files)} training images, that is {count}")
    order = np.random.Generator(np.random.Philox(key=seed)).permutation(len(files))
    return [files[number] for number in sorted(order[:count].tolist())]
