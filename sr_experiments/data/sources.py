"""Where images come from, and what identifies them."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


def image_files(source: str | Path | Sequence[str | Path]) -> list[Path]:
    """The image files of a folder (with its subfolders, sorted), or the given files."""
    if not isinstance(source, str | Path):
        return [Path(path) for path in source]
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise ValueError(f"expected a folder of images, found {'a file' if folder.exists() else 'nothing'} at {source}")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise ValueError(f"expected images in {source}, found none ({', '.join(sorted(SUFFIXES))})")
    return files


def content_key(files: Sequence[Path]) -> str:
    """A hash of the files' names and bytes, the same wherever they lie."""
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "blake2b").digest())
    return digest.hexdigest()
