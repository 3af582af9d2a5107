"""Images that other packages ship, and squares of them."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from sr_experiments.data.decoded.cache import atomic, cache_root


def packaged(*, names: Sequence[str]) -> list[Path]:
    """Files called `PACKAGE/PATH`, in packages that need not be imported; a ValueError says what is not installed."""
    return [_packaged(*name.split("/", 1)) for name in names]


def _packaged(package: str, path: str) -> Path:
    spec = find_spec(package)
    found = [Path(place) / path for place in (spec.submodule_search_locations or [] if spec else [])]
    if not any(place.is_file() for place in found):
        raise ValueError(f'{package} with its {path} is not installed: pip install "sr_experiments[recipes]"')
    return next(place for place in found if place.is_file())


def pieces(*, name: str, side: int, numbers: Sequence[int]) -> list[Path]:
    """Squares of `side` pixels of a packaged image, by their `numbers` in reading order, as OME-TIFF in the cache.

    The image is a picture, or a list of bands in JSON, 16 bits each. A ValueError for a number that it has no square
    for.
    """
    source = _packaged(*name.split("/", 1))
    folder = cache_root() / "squares" / f"{source.stem}_{side}"
    files = [folder / f"{source.stem}_{number:02}.tif" for number in numbers]
    if not all(file.exists() for file in files):
        image = _bands(source)
        columns, count = image.shape[2] // side, image.shape[1] // side * (image.shape[2] // side)
        if not all(0 <= number < count for number in numbers):
            raise ValueError(f"{name} has squares of {side} pixels from 0 to {count - 1}, not {list(numbers)}")
        folder.mkdir(parents=True, exist_ok=True)
        for number, file in zip(numbers, files, strict=True):
            top, left = number // columns * side, number % columns * side
            with atomic(file) as temporary:
                square = image[:, top : top + side, left : left + side]
                same = {"UUID": uuid5(NAMESPACE_URL, f"{name}/{side}/{number}").urn, "Creator": "sr_experiments"}
                about = {"axes": "CYX", **same}  # or files of the same pixels would differ, and their experiments
                tifffile.imwrite(temporary, square, ome=True, photometric="minisblack", metadata=about)
    return files


def _bands(path: Path) -> NDArray[np.uint8 | np.uint16]:
    if path.suffix == ".json":
        return np.array(json.loads(path.read_text(encoding="utf-8"))).round().astype(np.uint16)
    return np.moveaxis(np.asarray(Image.open(path)), -1, 0)
