"""What identifies images, wherever they lie."""

import hashlib
import os
from collections.abc import Iterable, Sequence

from sr_experiments.data.decoded.cache import atomic, cache_root
from sr_experiments.files.elsewhere import Elsewhere, ImageFile, WithReader, bare


def stamp(file: ImageFile) -> bytes:
    """What of a file's place, size and time says whether it must be read again."""
    if isinstance(file, WithReader):
        return stamp(file.file) + file.place.encode()
    if isinstance(file, Elsewhere):
        return f"{file}\0{file.version}".encode()
    try:
        status = file.stat()
    except OSError:
        return os.fsencode(f"{file.absolute()}\0unreadable")
    return os.fsencode(f"{file.absolute()}\0{status.st_size}\0{status.st_mtime_ns}")


def content_key(files: Iterable[ImageFile]) -> str:
    """A hash of the files' names and bytes, the same wherever they lie; of a file elsewhere, of its name and version.

    Kept in the cache under their places, sizes and times, so that a file is read again only where one of these changed.
    """
    files = list(files)
    stamps = hashlib.blake2b(digest_size=16)
    for file in files:
        stamps.update(stamp(file) + b"\0")
    place = cache_root() / "keys" / stamps.hexdigest()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place) as temporary:
            temporary.write_text(_content_key(files))
    return place.read_text()


def _content_key(files: Sequence[ImageFile]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    read = None
    for file in files:
        if isinstance(file, WithReader) and file.frame is not None:
            digest.update(file.place.encode())
            if file.file == read:
                continue
            read = file.file
        file = bare(file)
        digest.update(os.fsencode(f"{file.name}\0"))
        if isinstance(file, Elsewhere):
            digest.update(f"{file.version}\0".encode())
            continue
        try:
            with file.open("rb") as opened:
                digest.update(f"{os.fstat(opened.fileno()).st_size}\0".encode())
                digest.update(hashlib.file_digest(opened, "blake2b").digest())
        except OSError:
            digest.update(b"unreadable\0")
    return digest.hexdigest()
