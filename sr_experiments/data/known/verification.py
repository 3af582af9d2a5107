"""Whether a folder holds what the catalogue says that a known set holds."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from sr_experiments.data.known.catalogue import KnownImage, KnownSet
from sr_experiments.data.known.fingerprint import hash_distance, picture_hash
from sr_experiments.data.sources.files import folder_files
from sr_experiments.files.formats import SUFFIXES
from sr_experiments.files.images import ImageError, open_image

ALIKE = 10  # bits of 64: below, two files show the same picture


def folder_of(known: KnownSet, root: Path) -> Path:
    """The set's folder: below the data root `root`, or `root` itself where images lie in it."""
    below = root / known.folder
    if below.is_dir():
        return below
    if any(path.suffix.lower() in SUFFIXES for path in root.glob("*")):
        return root
    raise ValueError(f"expected {known.name} in {below} (or its images in {root} itself), found neither")


def verify(known: KnownSet, root: Path) -> list[str]:
    """What is wrong with each image of a set, a line each; nothing where every pixel is as it should be."""
    found = {path.stem: path for path in folder_files(folder_of(known, root))}
    if not known.images:
        missing = known.count - len(found)
        return [f"expected {known.count} images, found {len(found)}"] if missing else []
    problems = [problem for image in known.images if (problem := _problem(image, found))]
    strangers = sorted(set(found) - {Path(image.file).stem for image in known.images})
    return [*problems, *(f"{found[stem].name}: no image of this set" for stem in strangers)]


def _problem(image: KnownImage, found: dict[str, Path]) -> str | None:
    path = found.get(Path(image.file).stem)
    if path is None:
        return f"{image.file}: missing"
    try:
        with open_image(path) as picture:
            return _difference(image, picture, path)
    except ImageError as error:
        return f"{path.name}: {error.reason}"


def _difference(image: KnownImage, picture: Image.Image, path: Path) -> str | None:
    if picture.size == (image.width, image.height):
        if pixel_hash(picture) == image.sha256:
            return None
        if picture.mode != image.mode and pixel_hash(picture.convert(image.mode)) == image.sha256:
            return f"{path.name}: mode {picture.mode} instead of {image.mode}, the pixels are the same"
    size = f"{picture.width}×{picture.height} instead of {image.width}×{image.height}"
    if hash_distance(picture_hash(path), image.phash) >= ALIKE:
        return f"{path.name}: another picture, or altered beyond recognition"
    if picture.size == (image.width, image.height):
        return f"{path.name}: altered, or re-encoded with losses ({picture.format})"
    smaller = picture.width <= image.width and picture.height <= image.height
    return f"{path.name}: {'cropped or shrunk' if smaller else 'enlarged'}, {size}"


def pixel_hash(picture: Image.Image) -> str:
    """SHA-256 of decoded pixels, height × width × channel."""
    return hashlib.sha256(np.ascontiguousarray(picture).tobytes()).hexdigest()
