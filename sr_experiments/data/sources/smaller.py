"""Smaller copies of images, to learn from beside them."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from sr_experiments.data.decoded.cache import SMALLER, atomic, cache_root, exclusive
from sr_experiments.data.decoded.writing import SHOWN, parallel_map
from sr_experiments.data.sources.content import stamp
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image
from sr_experiments.resize import resize

LEAST = 96  # pixels a side: what would be smaller holds too few patches


def smaller_copies(files: Sequence[ImageFile], factors: Sequence[float]) -> list[Path]:
    """The images at each of `factors` of their size, in (0, 1), by MATLAB's bicubic interpolation; none under 96 px.

    They are made once and kept in the cache, uncompressed. Images of 16 bits a channel have none. Dong et al. (FSRCNN,
    ECCV 2016) learn from their images at 0.9, 0.8, 0.7 and 0.6 of their size too.
    """
    if not isinstance(factors, Sequence) or not all(isinstance(each, float) and 0 < each < 1 for each in factors):
        raise ValueError(f"expected data.train.smaller to list factors between 0 and 1, like [0.7,0.5]; got {factors}")
    if not factors:
        return []
    wanted = [(file, factor) for factor in factors for file in files]
    with exclusive(cache_root() / SMALLER):
        made = parallel_map(partial(_copy, cache_root() / SMALLER), wanted)
        return [place for place in tqdm(made, "making images smaller", len(wanted), **SHOWN) if place]


def _copy(folder: Path, wanted: tuple[ImageFile, float]) -> Path | None:
    file, factor = wanted
    key = hashlib.blake2b(stamp(file) + f"\0{factor}".encode(), digest_size=16).hexdigest()
    place = folder / key / f"{file.stem}_{factor:g}.ppm"
    if place.exists():
        return place
    with suppress(ValueError):  # what can't be read is listed with the images themselves
        image = read_image(file)
        size = (round(factor * image.shape[-2]), round(factor * image.shape[-1]))
        if min(size) >= LEAST:
            place.parent.mkdir(exist_ok=True)
            with atomic(place) as temporary:
                Image.fromarray(resize(image, size).permute(1, 2, 0).numpy()).save(temporary, format="PPM")
            return place
    return None
