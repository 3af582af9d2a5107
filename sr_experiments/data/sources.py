"""Where images come from, and what identifies them."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sr_experiments.data.cache import cache_root, whole

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")


def image_files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """The image files of a folder (with its subfolders, sorted), of a text file that lists them, or of several sources.

    The lines of a text file are paths, relative to where it lies. A ValueError says where there is none.
    """
    if not isinstance(source, str | Path):
        return [file for part in source for file in _part(Path(part).expanduser())]
    path = Path(source).expanduser()
    if path.suffix == ".txt" or path.is_dir():
        return _part(path)
    raise ValueError(f"expected a folder of images, found {'a file' if path.exists() else 'nothing'} at {source}")


def _part(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(map(Path, _walk(str(path))), key=lambda file: file.parts)
    elif path.suffix == ".txt":
        files = [path.parent / line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    else:
        files = [path]
    if not files:
        raise ValueError(f"expected images in {path}, found none ({', '.join(SUFFIXES)})")
    missing = next((file for file in files if not file.is_file()), None)
    if missing:
        raise ValueError(f"expected an image, found nothing at {missing} (of {path})")
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
