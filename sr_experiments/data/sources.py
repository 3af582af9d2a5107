"""Where images come from, and what identifies them."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sr_experiments.data.cache import cache_root, whole

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def image_files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """The image files of a folder (with its subfolders, sorted), or the given files."""
    if not isinstance(source, str | Path):
        return [Path(path) for path in source]
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise ValueError(f"expected a folder of images, found {'a file' if folder.exists() else 'nothing'} at {source}")
    files = sorted(map(Path, _walk(str(folder))), key=lambda path: path.parts)
    if not files:
        raise ValueError(f"expected images in {source}, found none ({', '.join(SUFFIXES)})")
    return files


def content_key(files: Sequence[Path]) -> str:
    """A hash of the files' names and bytes, the same wherever they lie.

    Kept in the cache under their places, sizes and times, so that a file is read again only where one of these changed.
    """
    stamp = hashlib.blake2b(digest_size=16)
    for path in files:
        status = path.stat()
        stamp.update(f"{path.absolute()}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    place = cache_root() / "keys" / stamp.hexdigest()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole(place) as temporary:
            temporary.write_text(_content_key(files))
    return place.read_text()


def _content_key(files: Sequence[Path]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()


def _walk(folder: str, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """The image files below a folder, links followed; a ValueError where one leads back to a folder above it."""
    here = os.path.realpath(folder)
    if here in above:
        raise ValueError(f"{folder} is a link back to {here}: a folder of images must not contain itself")
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir():
                yield from _walk(entry.path, above | {here})
            elif entry.name.lower().endswith(SUFFIXES) and entry.is_file():
                yield entry.path
