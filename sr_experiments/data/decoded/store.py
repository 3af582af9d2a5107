"""Images decoded once into memory-mapped files, which all runs on a machine read through the page cache.

`CACHE/KEY/` holds images of one source, KEY being hashes of their content and of the code that reads them: those of a
folder with many of them, which every source with that folder shares, or all the others. `high.bin`: all HR pixels one
image after another, each `(C, H, W)`, uint8, or uint16 where one of them has it;
`low-DEGRADATION-xSCALE-HASH.bin`, the LR pixels of one fixed degradation and scale; and beside each a `.json` with
names, sizes and depths, written last, so that what has one is whole. An image of 8 bits is degraded as such, whatever
its neighbours have.
"""

import hashlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from sr_experiments.data.decoded.cache import cache_root, check_space
from sr_experiments.data.decoded.images import Images, from_levels
from sr_experiments.data.decoded.writing import SHOWN, build_once, index_of, parallel_map, write, write_index
from sr_experiments.data.sources.content import content_key
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import ImageFile, WithReader
from sr_experiments.files.images import MAX_PIXELS, max_pixels, read_image, size_and_depth
from sr_experiments.files.scenes.scene import read_clear
from sr_experiments.resize import high_size, low_size, resize

Degradation = Callable[[Tensor], Tensor]

FORMAT = 3
MANY = 100  # photographs in a folder, from which on they have a store of their own


def high_images(files: Sequence[ImageFile]) -> Images:
    """The images of `files`, decoded at their first use. A DiskFullError where they would not fit on the disk."""
    parts = _parts(files)
    return Images([_decoded([files[number] for number in part]) for part in parts], parts)


def _parts(files: Sequence[ImageFile]) -> list[list[int]]:
    """The numbers of files that are stored together: folders with many photographs by themselves, all others."""
    folders = defaultdict[Any, list[int]](list)
    for number, file in enumerate(files):
        folders[None if isinstance(file, WithReader) else file.parent].append(number)
    large = [part for folder, part in folders.items() if folder and len(part) >= MANY]
    others = sorted(set(range(len(files))).difference(*large))
    return [*large, *[others] * bool(others)]


def _decoded(files: Sequence[ImageFile]) -> Path:
    def build() -> None:
        dtype, needed = _type_and_bytes(files)
        check_space(place.parent, needed)
        write(place, dtype, _decode_each(files, dtype), str(files[0].parent))

    place = _place(files, "high")
    return build_once(place, build)


def checked_images(files: Sequence[ImageFile]) -> Images:
    """The same, without pixels: each is decoded once, to see that it can be, and let go."""

    def build() -> None:
        dtype, _ = _type_and_bytes(files)
        write_index(place, index_of(dtype, _decode_each(files, dtype), str(files[0].parent), lambda _: None))

    place = _place(files, "checked")
    return Images([build_once(place, build)], [range(len(files))])


def _place(files: Sequence[ImageFile], kind: str) -> Path:
    """Where the images lie; where the limit of `data.max_pixels` is another, other ones may be left out."""
    reader = files[0].reader if isinstance(files[0], WithReader) else None
    own = f"-{_hash(_settings(reader), _code(reader), _code(read_clear))}" if reader else ""
    limit = "" if max_pixels() == MAX_PIXELS else f"-{max_pixels()}"
    return cache_root() / f"{content_key(files)}-{_code(read_image)}{_code(read_deep)}-{FORMAT}{limit}{own}" / kind


def _type_and_bytes(files: Sequence[ImageFile]) -> tuple[np.dtype, int]:
    """The type that keeps all bits of these images, and how many bytes they have in it."""
    looked = tqdm(parallel_map(_bytes_and_depth, files), "looking at images", len(files), **SHOWN)
    sizes, depths = zip(*looked, strict=True)
    dtype = np.dtype(np.uint16 if any(depths) else np.uint8)
    return dtype, sum(sizes) * dtype.itemsize


def _decode_each(files: Sequence[ImageFile], dtype: np.dtype) -> Iterator[tuple[ImageFile, Tensor | str]]:
    decoded = zip(files, parallel_map(partial(_decode, dtype), files), strict=True)
    return iter(tqdm(decoded, "decoding images", len(files), **SHOWN))


def read_high(path: ImageFile, dtype: np.dtype) -> Tensor:
    """An image file for a store of this type, uint8 or uint16: in a deep one those of 8 bits are uint8 still."""
    return read_deep(path) if dtype == np.uint16 or isinstance(path, WithReader) else read_image(path)


def low_images(high: Images, degradation: Degradation, scale: float) -> Images:
    """The LR images that `degradation` makes from `high`, cropped from the top left to a multiple of `scale`.

    With a fractional one, LR has floor(H/s) × floor(W/s) pixels and HR is cropped to round(s·LR).
    """
    parts = [high.select(np.flatnonzero(high.stores == store).tolist()) for store in range(len(high.places))]
    name = f"low-{_key(degradation, scale)}"
    made = [
        _degraded(part, place.with_name(name), dtype, partial(_degrade, part, degradation, scale), scale)
        for part, place, dtype in zip(parts, high.places, high.dtypes, strict=True)
    ]
    return Images(made, [part.numbers for part in parts])


def _degraded(high: Images, place: Path, dtype: np.dtype, degrade: Callable[[int], Tensor], scale: float) -> Path:
    def build() -> None:
        # of 8 bits a degradation of one's own may make floating point
        low_dtype = np.result_type(dtype, degrade(0).numpy()) if len(high) else dtype
        check_space(place.parent, int((high.channels * (high.sizes // scale).prod(axis=1)).sum()) * low_dtype.itemsize)
        named = zip(map(Path, high.names), parallel_map(degrade, range(len(high))), strict=True)
        write(place, low_dtype, tqdm(named, "degrading images", len(high), **SHOWN), str(place.with_name("high")))

    return build_once(place, build)


def _decode(dtype: np.dtype, path: ImageFile) -> Tensor | str:
    try:
        return read_high(path, dtype)
    except ValueError as error:
        return str(error) if str(path) in str(error) else f"{path}: {error}"


def _degrade(high: Images, degradation: Degradation, scale: float, number: int) -> Tensor:
    size = low_size(high.sizes[number], scale)
    if not all(size):
        return from_levels(degradation(high[number].new_zeros(high.channels, *high_size((1, 1), scale))))[:, :0, :0]
    height, width = high_size(size, scale)
    low = degradation(high[number][:, :height, :width])
    if low.shape[-2:] != size:
        raise ValueError(
            f"the degradation made {tuple(low.shape[-2:])} of {high.names[number]}, expected {size} at scale={scale}"
        )
    return from_levels(low)


def _bytes_and_depth(path: ImageFile) -> tuple[int, bool]:
    """How many bytes an image has at 8 bits a channel, and whether it has more bits; one that is listed later, none."""
    try:
        if isinstance(path, WithReader):
            image = read_deep(path)
            return image.numel(), image.dtype == torch.uint16
        pixels, deep = size_and_depth(path)
    except ValueError:
        return 0, False
    return 3 * pixels, deep


def _key(degradation: Degradation, scale: float) -> str:
    """The name and settings of a degradation, and a hash of them and of the code that it runs."""
    function = getattr(degradation, "func", degradation)
    return f"{function.__name__}-x{scale}-{_hash(_settings(degradation), _code(function), _code(resize))}"


def _settings(function: Any) -> str:
    """What a function is bound to, or an object holds."""
    return repr(sorted(getattr(function, "keywords", vars(function)).items()))


def _code(function: Callable[..., Any]) -> str:
    """A hash of the module that a function, or an object's class, is from: other code may make other pixels."""
    function = getattr(function, "func", function)
    return _hash(Path(str(sys.modules[function.__module__].__file__)).read_text(encoding="utf-8"))


def _hash(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=4).hexdigest()
