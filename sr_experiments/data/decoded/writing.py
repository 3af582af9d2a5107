"""How decoded images are written: once, whoever asks, and whole, whatever is killed."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from sr_experiments.data.decoded.cache import atomic, exclusive
from sr_experiments.data.decoded.images import widen
from sr_experiments.files.elsewhere import ImageFile

SHOWN: dict[str, Any] = {"delay": 2, "leave": False, "disable": None}  # a progress bar


def build_once(place: Path, build: Callable[[], None]) -> Path:
    """Build what has no index at `place` yet, one process at a time."""
    if not place.with_suffix(".json").exists():
        with exclusive(place.parent):
            if not place.with_suffix(".json").exists():
                build()
    return place


def parallel_map(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """`map` on all cores, in order, never more than a few results ahead."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def write(place: Path, dtype: np.dtype, images: Iterable[tuple[ImageFile, Tensor | str]], source: str) -> None:
    """Write the pixels of `images`, or what is wrong with them, then their index."""
    with atomic(place.with_suffix(".bin")) as temporary, temporary.open("wb") as file:
        index = index_of(dtype, images, source, lambda pixels: pixels.tofile(file))
        file.flush()
        os.fsync(file.fileno())
    write_index(place, index)


def write_index(place: Path, index: dict[str, Any]) -> None:
    with atomic(place.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(index), encoding="utf-8")


def index_of(
    dtype: np.dtype,
    images: Iterable[tuple[ImageFile, Tensor | str]],
    source: str,
    keep: Callable[[np.ndarray], Any],
) -> dict[str, Any]:
    """What is known of images beside their pixels, which are handed to `keep` in `dtype`."""
    index: dict[str, Any] = {"source": source, "dtype": dtype.str, "channels": 0}
    index |= {"names": [], "numbers": [], "depths": [], "sizes": [], "problems": []}
    for number, (path, image) in enumerate(images):
        channels = index["channels"] or len(image)
        if not isinstance(image, str) and len(image) != channels:
            image = f"{path}: expected {channels} channels, as the first image has, got {len(image)}"
        if isinstance(image, str):
            index["problems"].append(image)
            continue
        index["names"].append(path.stem)
        index["numbers"].append(number)
        index["sizes"].append(image.shape[-2:])
        pixels = image.contiguous().numpy()
        index["depths"].append(8 * pixels.itemsize)
        index["channels"] = channels
        keep(widen(pixels, dtype))
    return index
