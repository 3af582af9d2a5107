"""Where images come from, and what identifies them."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from sr_experiments.data.cache import cache_root, whole
from sr_experiments.files.elsewhere import ARCHIVES, Elsewhere, ImageFile, archive_members, filesystem, reaching
from sr_experiments.files.formats import SUFFIXES

COMPRESSED = (".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".rar", ".7z")
DEEPEST = 16  # folders below an address
VERSIONS = ("size", "ETag", "etag", "md5Hash", "Content-MD5", "Digest", "Last-Modified", "LastModified", "mtime")


def image_files(source: str | Path | Sequence[str | ImageFile]) -> list[ImageFile]:
    """The image files of a source, or of several: what a config's `train` or `val` may say.

    A folder (with its subfolders, sorted), a zip or tar archive, a text file that lists files (a line each, relative
    to where it lies), or the address of any of these, as fsspec reads it: `https://host/set/`, `s3://bucket/set.zip`;
    of several, any may be a file found before. A ValueError says where there is none.
    """
    if not isinstance(source, str | Path):
        return [file for part in source for file in ([part] if isinstance(part, Elsewhere) else _part(str(part)))]
    kind = Path(source).suffix.lower()
    if kind in (".txt", *ARCHIVES, *COMPRESSED) or "://" in str(source) or Path(source).expanduser().is_dir():
        return _part(str(source))
    found = "a file" if Path(source).expanduser().exists() else "nothing"
    raise ValueError(f"expected a folder of images, found {found} at {source} (a .zip, .tar or .txt would do as well)")


def folder_files(folder: Path) -> list[Path]:
    """The image files of a folder and those below it, sorted; a ValueError where a link in it leads back to it."""
    return sorted(map(Path, _walk(str(folder))), key=lambda file: file.parts)


def _part(source: str) -> list[ImageFile]:
    path = Path(source).expanduser()
    files: Sequence[ImageFile]
    if source.lower().endswith(COMPRESSED):
        raise ValueError(f"{source}: images are read in place from .zip and .tar alone; unpack this archive")
    if "://" in source:
        files = _at_address(source)
    elif path.is_dir():
        files = folder_files(path)
    elif source.lower().endswith(ARCHIVES) and path.is_file():
        files = _archived(str(path.absolute()), content_key([path]) if source.lower().endswith(".tar") else "")
    elif path.suffix == ".txt" and path.is_file():
        files = [file for line in _lines(path.read_text(encoding="utf-8")) for file in _listed(line, path.parent)]
    else:
        files = [path]
    if not files:
        raise ValueError(f"expected images in {source}, found none ({', '.join(SUFFIXES)})")
    missing = next((file for file in files if isinstance(file, Path) and not file.is_file()), None)
    if missing:
        raise ValueError(f"found nothing at {missing}" + (f" (of {source})" if missing != path else ""))
    return list(files)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _listed(line: str, folder: Path) -> Sequence[ImageFile]:
    return _at_address(line) if "://" in line else [folder / line]


def _archived(address: str, version: str) -> list[Elsewhere]:
    members = archive_members(address, SUFFIXES)
    found = [Elsewhere(address, name, f"{version} {own}".strip()) for name, own in members]
    return sorted(found, key=lambda file: PurePosixPath(file.member).parts)


def _at_address(address: str) -> list[Elsewhere]:
    """The images at an address; an OSError where it can't be reached."""
    if address.lower().endswith(ARCHIVES):
        return _archived(address, _version(address))
    if address.lower().endswith(SUFFIXES):
        return [Elsewhere(address, "", _version(address))]
    places = sorted(_listed_at(address) if address.endswith(".txt") else _walk_address(address))
    with ThreadPoolExecutor(DEEPEST) as pool:
        versions = list(pool.map(_version, places))
    return [Elsewhere(place, "", version) for place, version in zip(places, versions, strict=True)]


def _listed_at(address: str) -> list[str]:
    above = address.rpartition("/")[0]
    lines = _lines(Elsewhere(address, "", "").read().decode())
    return [line if "://" in line else f"{above}/{line}" for line in lines]


def _walk_address(address: str) -> Iterator[str]:
    with reaching(address):
        system, path = filesystem(address)
        walked = list(system.walk(path, maxdepth=DEEPEST, on_error="raise"))
    for folder, below, names in walked:
        if below and folder.count("/") - path.rstrip("/").count("/") >= DEEPEST - 1:
            raise ValueError(f"{address}: more than {DEEPEST} folders deep: does a link there lead back?")
        images = (name for name in names if name.lower().endswith(SUFFIXES))
        yield from (system.unstrip_protocol(f"{folder.rstrip('/')}/{name}") for name in images)


def _version(address: str) -> str:
    """What the place tells of a file's version: size, and a hash or a time."""
    with reaching(address):
        system, path = filesystem(address)
        known = system.info(path)
    return " ".join(str(known[name]) for name in VERSIONS if known.get(name))


def stamp(file: ImageFile) -> str:
    """What of a file's place, size and time says whether it must be read again."""
    if isinstance(file, Elsewhere):
        return f"{file}\0{file.version}"
    status = file.stat()
    return f"{file.absolute()}\0{status.st_size}\0{status.st_mtime_ns}"


def content_key(files: Iterable[ImageFile]) -> str:
    """A hash of the files' names and bytes, the same wherever they lie; of a file elsewhere, of its name and version.

    Kept in the cache under their places, sizes and times, so that a file is read again only where one of these changed.
    """
    files = list(files)
    stamps = hashlib.blake2b(digest_size=16)
    for file in files:
        stamps.update(f"{stamp(file)}\0".encode())
    place = cache_root() / "keys" / stamps.hexdigest()
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole(place) as temporary:
            temporary.write_text(_content_key(files))
    return place.read_text()


def _content_key(files: Sequence[ImageFile]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        if isinstance(file, Elsewhere):
            digest.update(f"{file.name}\0{file.version}\0".encode())
            continue
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "blake2b").digest())
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
