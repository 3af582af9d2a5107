"""Images decoded once into memory-mapped files, which all runs on a machine read through the page cache.

`CACHE/KEY/` holds the images of one source, KEY being hashes of its content and of the code that reads it: `high.bin`,
all HR pixels one image after another, each `(3, H, W)`, uint8, or uint16 where the source has it;
`low-DEGRADATION-xSCALE-HASH.bin`, the LR pixels of one fixed degradation and scale; and beside each a `.json` with
names and sizes, written last, so that what has one is whole.
"""

import hashlib
import json
import math
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from tqdm import tqdm

from sr_experiments.data.cache import alone, cache_root, check_space, whole
from sr_experiments.data.sources import content_key
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import Elsewhere, ImageFile
from sr_experiments.files.images import header, is_deep, read_image
from sr_experiments.resize import high_size, low_size, resize

Degradation = Callable[[Tensor], Tensor]

FORMAT = 2
SHOWN: dict[str, Any] = {"delay": 2, "leave": False, "disable": None}  # a progress bar


class Images(Sequence[Tensor]):
    """Decoded images, read where they lie: `images[i]` is `(channels, H, W)`; HR has 3 channels.

    It is a view, uint8, or where one file of the source has 16 bits a channel float32 of 0 to 255, see `levels`.
    `names`, `sizes` `(n, 2)` as height and width, `offsets` of each into `pixels`; `problems`: what could not be
    decoded, and `numbers`: where in the source the others stand.
    """

    def __init__(self, place: Path) -> None:
        index = json.loads(place.with_suffix(".json").read_text(encoding="utf-8"))
        self.place, self.names, self.problems = place, index["names"], index["problems"]
        self.numbers: list[int] = index["numbers"]
        self.dtype, self.channels = np.dtype(index["dtype"]), index["channels"]
        self.sizes = np.array(index["sizes"], np.int64).reshape(-1, 2)
        lengths = self.channels * self.sizes.prod(axis=1)
        self.offsets = np.cumsum(lengths) - lengths

    @cached_property
    def pixels(self) -> np.ndarray:
        """All pixels, one image after another; the pages are read when they are touched, and never written."""
        if not self.place.with_suffix(".bin").stat().st_size:
            return np.empty(0, self.dtype)
        return np.memmap(self.place.with_suffix(".bin"), self.dtype, mode="c").view(np.ndarray)

    def array(self, number: int) -> np.ndarray:
        """One image `(channels, H, W)`, a view."""
        shape = (self.channels, *self.sizes[number])
        return self.pixels[self.offsets[number] :][: math.prod(shape)].reshape(shape)

    def taken(self, order: Sequence[int]) -> "Images":
        """These of the images, in this order."""
        part = copy(self)
        part.names, part.numbers = [self.names[n] for n in order], [self.numbers[n] for n in order]
        part.sizes, part.offsets = self.sizes[order], self.offsets[order]
        return part

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return levels(torch.from_numpy(self.array(number)))

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "pixels"}


def levels(pixels: Tensor) -> Tensor:
    """Pixels on the scale of 0 to 255: uint8 as they are, uint16 as float32, in steps of 1/257."""
    return pixels.float() / 257 if pixels.dtype == torch.uint16 else pixels


def high_images(files: Sequence[ImageFile]) -> Images:
    """The images of `files`, decoded at their first use. A DiskFullError where they would not fit on the disk."""

    def build() -> None:
        dtype, needed = _looked_at(files)
        check_space(place.parent, needed)
        _write(place, _decoded(files, dtype), str(files[0].parent))

    place = _place(files, "high")
    return _built(place, build)


def checked_images(files: Sequence[ImageFile]) -> Images:
    """The same, without pixels: each is decoded once, to see that it can be, and let go."""

    def build() -> None:
        dtype, _ = _looked_at(files)
        _write_index(place, _index(_decoded(files, dtype), str(files[0].parent), lambda _: None))

    place = _place(files, "checked")
    return _built(place, build)


def _place(files: Sequence[ImageFile], kind: str) -> Path:
    return cache_root() / f"{content_key(files)}-{_code(read_image)}{_code(read_deep)}-{FORMAT}" / kind


def _looked_at(files: Sequence[ImageFile]) -> tuple[np.dtype, int]:
    """The type that keeps all bits of these images, and how many bytes they have in it."""
    looked = tqdm(mapped(_header, files), "looking at images", len(files), **SHOWN)
    sizes, depths = zip(*looked, strict=True)
    dtype = np.dtype(np.uint16 if any(depths) else np.uint8)
    return dtype, sum(sizes) * dtype.itemsize


def _decoded(files: Sequence[ImageFile], dtype: np.dtype) -> Iterator[tuple[ImageFile, Tensor | str]]:
    decoded = zip(files, mapped(partial(_decode, dtype), files), strict=True)
    return iter(tqdm(decoded, "decoding images", len(files), **SHOWN))


def read_high(path: ImageFile, dtype: np.dtype) -> Tensor:
    """An image file as a store of this type has it."""
    return read_deep(path) if dtype == np.uint16 else read_image(path)


def low_images(high: Images, degradation: Degradation, scale: float) -> Images:
    """The LR images that `degradation` makes from `high`, cropped from the top left to a multiple of `scale`.

    With a fractional one, LR has floor(H/s) × floor(W/s) pixels and HR is cropped to round(s·LR).
    """

    def build() -> None:
        check_space(place.parent, int((3 * (high.sizes // scale).prod(axis=1)).sum()) * high.dtype.itemsize)
        made = mapped(partial(_degrade, high, degradation, scale), range(len(high)))
        named = zip(map(Path, high.names), made, strict=True)
        _write(place, tqdm(named, "degrading images", len(high), **SHOWN), str(high.place))

    place = high.place.with_name(f"low-{_key(degradation, scale)}")
    return _built(place, build)


def _built(place: Path, build: Callable[[], None]) -> Images:
    if not place.with_suffix(".json").exists():
        with alone(place.parent):
            if not place.with_suffix(".json").exists():
                build()
    return Images(place)


def _decode(dtype: np.dtype, path: ImageFile) -> Tensor | str:
    try:
        return read_high(path, dtype)
    except (ValueError, Image.DecompressionBombError) as error:
        return str(error) if str(path) in str(error) else f"{path}: {error}"


def _degrade(high: Images, degradation: Degradation, scale: float, number: int) -> Tensor:
    size = low_size(high.sizes[number], scale)
    if not all(size):
        return _stored(degradation(high[number].new_zeros(3, *high_size((1, 1), scale))))[:, :0, :0]
    height, width = high_size(size, scale)
    low = degradation(high[number][:, :height, :width])
    if low.shape[-2:] != size:
        raise ValueError(
            f"the degradation made {tuple(low.shape[-2:])} of {high.names[number]}, expected {size} at scale={scale}"
        )
    return _stored(low)


def _stored(pixels: Tensor) -> Tensor:
    """The inverse of `levels`, clipped to 0 to 255."""
    return (257 * pixels.clamp(0, 255)).round().to(torch.uint16) if pixels.is_floating_point() else pixels


def _header(path: ImageFile) -> tuple[int, bool]:
    """How many bytes an image has at 8 bits a channel, and whether it has more bits."""
    try:
        with header(path) as image:
            return 3 * image.width * image.height, is_deep(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(path, Elsewhere) and isinstance(error, OSError) and not isinstance(error, UnidentifiedImageError):
            raise  # it is the network that fails
        return 0, False


def mapped(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """`map` on all cores, in order, never more than a few results ahead."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting: deque[Any] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * (os.cpu_count() or 1):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _write(place: Path, images: Iterable[tuple[ImageFile, Tensor | str]], source: str) -> None:
    with whole(place.with_suffix(".bin")) as temporary, temporary.open("wb") as file:
        index = _index(images, source, lambda pixels: pixels.tofile(file))
        file.flush()
        os.fsync(file.fileno())
    _write_index(place, index)


def _write_index(place: Path, index: dict[str, Any]) -> None:
    with whole(place.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(index), encoding="utf-8")


def _index(
    images: Iterable[tuple[ImageFile, Tensor | str]], source: str, keep: Callable[[np.ndarray], Any]
) -> dict[str, Any]:
    """What is known of images beside their pixels, which are handed to `keep`."""
    index: dict[str, Any] = {"source": source, "dtype": "u1", "channels": 3}
    index |= {"names": [], "numbers": [], "sizes": [], "problems": []}
    for number, (path, image) in enumerate(images):
        if isinstance(image, str):
            index["problems"].append(image)
            continue
        index["names"].append(path.stem)
        index["numbers"].append(number)
        index["sizes"].append(image.shape[-2:])
        pixels = image.contiguous().numpy()
        index.update(dtype=pixels.dtype.str, channels=len(pixels))
        keep(pixels)
    return index


def _key(degradation: Degradation, scale: float) -> str:
    """The name and settings of a degradation, and a hash of them and of the code that it runs."""
    function = getattr(degradation, "func", degradation)
    settings = sorted(getattr(degradation, "keywords", {}).items())
    return f"{function.__name__}-x{scale}-{_hash(repr(settings), _code(function), _code(resize))}"


def _code(function: Callable[..., Any]) -> str:
    """A hash of the module that a function is from: other code may make other pixels."""
    return _hash(Path(str(sys.modules[function.__module__].__file__)).read_text(encoding="utf-8"))


def _hash(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=4).hexdigest()
