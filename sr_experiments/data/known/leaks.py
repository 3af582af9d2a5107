"""Pictures that two sets share: the same, or a part of the other, turned, mirrored, re-encoded or slightly altered."""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from sr_experiments.data.decoded.cache import atomic, cache_root
from sr_experiments.data.known.fingerprint import hashes, orientations, squares, thumbnail
from sr_experiments.data.sources.content import content_key, stamp
from sr_experiments.files.elsewhere import ImageFile, bare
from sr_experiments.files.images import max_pixels

CANDIDATE = 16  # bits of 64 in which hashes may differ for a closer look
PROMISING = 0.35  # correlation of two squares before they are moved onto each other
ALIKE = 0.9  # correlation of the edges of two squares that show one picture; others stay below 0.81
SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)  # of a picture's width, and of its height, that a crop has
STEP = 0.15  # between crops, as a share of the crop's own side
MOVES = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, -1, -1]])


class Leak(NamedTuple):
    """A picture that is in both sets; `likeness` is the correlation of the edges in what they share, at most 1."""

    train: ImageFile
    test: ImageFile
    likeness: float


class Fingerprint(NamedTuple):
    """What is compared of a picture: the hashes of its crops, and the whole in eight positions with their hashes."""

    path: ImageFile
    image: Image.Image
    crops: NDArray[np.uint64]
    turned: NDArray[np.float64]
    turned_hashes: NDArray[np.uint64]


def _spans() -> list[tuple[float, float]]:
    spans = []
    for share in SHARES:
        starts = np.linspace(0, 1 - share, round((1 - share) / (share * STEP)) + 1)
        spans += [(start, min(start + share, 1.0)) for start in starts]
    return spans


# Where crops are looked for: left, top, right, bottom, as shares of a picture's sides; the whole comes first.
BOXES = np.array([(left, top, right, bottom) for top, bottom in _spans() for left, right in _spans()])


def fingerprints(files: Sequence[ImageFile], boxes: NDArray[np.float64] = BOXES) -> tuple[list[Fingerprint], list[str]]:
    """What is compared of each picture, and a line for each that can't be read."""
    found, problems = [], []
    for path in tqdm(files, desc="looking at pictures", unit="image", delay=2, leave=False, disable=None):
        try:
            image = _cached_thumbnail(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        parts = squares(image, boxes)
        turned = orientations(parts[0])
        found.append(Fingerprint(path, image, hashes(parts), turned, hashes(turned)))
    return found, problems


def _cached_thumbnail(path: ImageFile) -> Image.Image:
    """The thumbnail of a file, kept in the user's cache: decoding is what takes time."""
    key = hashlib.blake2b(stamp(_resolve(path)), digest_size=16).hexdigest()
    place = cache_root() / "thumbnails" / f"{key}.png"
    if not place.exists():
        image = thumbnail(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place) as temporary:
            image.save(temporary, "PNG")
    return thumbnail(place)


def _resolve(path: ImageFile) -> ImageFile:
    path = bare(path)
    return path.resolve() if isinstance(path, Path) else path


def leaks(train: Sequence[ImageFile], test: Sequence[ImageFile]) -> list[Leak]:
    """The pictures of `test` that `train` shows too, surest first; a file is not compared with itself.

    Found are whole pictures and most crops of at least half a side each; docs/scores.md says how many. What can't be
    read is left out with a warning.
    """
    (ours, unread), (theirs, others) = fingerprints(train), fingerprints(test)
    for problem in [*unread, *others]:
        print(f"warning: left out {problem}", file=sys.stderr)
    found = {(part.path, picture.path): likeness for picture, part, likeness in _matches(theirs, ours)}
    for picture, part, likeness in _matches(ours, theirs):
        pair = picture.path, part.path
        found[pair] = max(likeness, found.get(pair, 0))
    return _surest_first({pair: likeness for pair, likeness in found.items() if _resolve(pair[0]) != _resolve(pair[1])})


def whole_leaks(train: Sequence[ImageFile], test: Sequence[ImageFile]) -> list[Leak]:
    """As `leaks`, but a picture of `test` is not looked for among the parts of one of `train`: much quicker.

    A file that is in both sets counts, one that can't be read does not.
    What was found is kept in the user's cache, under the content of both and the largest size that is read.
    """
    place = cache_root() / "leaks" / f"{content_key(train)}-{content_key(test)}-{max_pixels()}.json"
    if not place.exists():
        pairs = _matches(fingerprints(test)[0], fingerprints(train, BOXES[:1])[0])
        found = [(train.index(part.path), test.index(picture.path), likeness) for picture, part, likeness in pairs]
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place) as temporary:
            temporary.write_text(json.dumps(found), encoding="utf-8")
    kept = json.loads(place.read_text(encoding="utf-8"))
    return _surest_first({(train[ours], test[theirs]): likeness for ours, theirs, likeness in kept})


def _surest_first(found: dict[tuple[ImageFile, ImageFile], float]) -> list[Leak]:
    return sorted((Leak(*pair, likeness) for pair, likeness in found.items()), key=lambda leak: -leak.likeness)


def _matches(wholes: list[Fingerprint], parts: list[Fingerprint]) -> Iterator[tuple[Fingerprint, Fingerprint, float]]:
    """Which of `parts` is a crop of which of `wholes`, or all of it."""
    turned = np.array([part.turned_hashes for part in parts], np.uint64).reshape(-1, 8)
    for picture in wholes:
        distances = np.bitwise_count(picture.crops[:, None, None] ^ turned)
        for j in np.flatnonzero(distances.min(axis=(0, 2)) <= CANDIDATE):
            box, position = np.unravel_index(distances[:, j].argmin(), distances[:, j].shape)
            likeness = _likeness(picture.image, BOXES[box], parts[j].turned[position])
            if likeness >= ALIKE:
                yield picture, parts[j], likeness


def _likeness(image: Image.Image, box: NDArray[np.float64], square: NDArray[np.float64]) -> float:
    """How alike `square` and a part of `image` near `box` are, once that is moved and sized step by step to fit."""
    best = _correlations(squares(image, box[None]), square)[0]
    step = STEP * (box[2] - box[0]) / 2
    while step > 1e-3 and best > PROMISING:
        around = np.concatenate([box + step * MOVES, box - step * MOVES]).clip(0, 1)
        around = around[(around[:, 2:] - around[:, :2]).min(1) > 0.1]
        values = _correlations(squares(image, around), square)
        if values.max() > best:
            best, box = values.max(), around[values.argmax()]
        else:
            step /= 2
    return float(_correlations(_edges(squares(image, box[None])), _edges(square[None])[0])[0])


def _edges(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """The steps from pixel to pixel, down and across, of each image (N, 32, 32)."""
    return np.concatenate([np.diff(images, axis=1)[:, :, 1:], np.diff(images, axis=2)[:, 1:]], axis=1)


def _correlations(images: NDArray[np.float64], square: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's correlation of each image (N, H, W) with `square`."""
    images = images - images.mean((1, 2), keepdims=True)
    square = square - square.mean()
    norms = np.sqrt((images**2).sum((1, 2)) * (square**2).sum())
    return (images * square).sum((1, 2)) / np.maximum(norms, 1e-9)
