"""Where images come from."""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from sr_experiments.composing.credentials import refuse_credentials
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.lists import lines, readings
from sr_experiments.files.elsewhere import (
    ARCHIVES,
    Elsewhere,
    ImageFile,
    WithReader,
    archive_members,
    bare,
    filesystem,
    reaching,
    with_reader,
)
from sr_experiments.files.formats import NOT_READ, SUFFIXES, is_hidden, is_image

COMPRESSED = (".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".rar", ".7z")
SHOWN = 3  # names of what is left out
DEEPEST = 16  # folders below an address
VERSIONS = ("size", "ETag", "etag", "md5Hash", "Content-MD5", "Digest", "Last-Modified", "LastModified", "mtime")

Source = str | Path | Sequence[str | ImageFile]


def image_files(source: Source, reader: Any = None) -> list[ImageFile]:
    """The image files of a source, or of several: what a config's `train` or `val` may say.

    A folder (with its subfolders, sorted), a zip or tar archive, a text file that lists files (a line each, relative
    to where it lies), or the address of any of these, as fsspec reads it: `https://host/set/`, `s3://bucket/set.zip`;
    of several, any may be a file found before. With a `reader` of one's own, of folders the files whose names end in
    one of its `suffixes`, where it has these, each a `WithReader` for each of its images. A ValueError says where there
    is none.
    """
    suffixes = getattr(reader, "suffixes", SUFFIXES)
    files = _files(source, tuple(suffix.lower() for suffix in suffixes))
    return [image for file in files for image in with_reader(bare(file), reader)] if reader else files


def _files(source: Source, suffixes: tuple[str, ...]) -> list[ImageFile]:
    if not isinstance(source, str | Path):
        found = ([part] if isinstance(part, Elsewhere | WithReader) else _part(str(part), suffixes) for part in source)
        return [file for files in found for file in files]
    kind, place = Path(source).suffix.lower(), _local(str(source))
    if kind in (".txt", *ARCHIVES, *COMPRESSED) or "://" in str(source) or place.is_dir():
        return _part(str(source), suffixes)
    found = "a file" if place.exists() else "nothing"
    raise ValueError(f"expected a folder of images, found {found} at {source} (a .zip, .tar or .txt would do as well)")


def folder_files(folder: Path, suffixes: tuple[str, ...] = SUFFIXES) -> list[Path]:
    """The image files of a folder and those below it, sorted; a ValueError where a link in it leads back to it.

    Links that lead nowhere are among them, to be listed with the bad images. What is hidden, a system's own, or an
    image of a kind that is not read, is left out, which is said.
    """
    walked = ((Path(path), image) for path, image in _walk(str(folder), suffixes))
    found = sorted(walked, key=lambda file: file[0].parts)
    if left_out := [str(path.relative_to(folder)) for path, image in found if not image]:
        names = ", ".join(left_out[:SHOWN]) + ", …" * (len(left_out) > SHOWN)
        _say(f"note: {folder}: left out {len(left_out)} hidden, a system's own or of a kind that is not read: {names}")
    return [path for path, image in found if image]


@cache
def _say(note: str) -> None:
    """Print a note, once: a source is looked at many times."""
    print(note, file=sys.stderr)


def _local(source: str) -> Path:
    with suppress(RuntimeError):  # of `~name` where nobody has that name
        return Path(source).expanduser()
    return Path(source)


def _part(source: str, suffixes: tuple[str, ...]) -> list[ImageFile]:
    path = _local(source)
    files: Sequence[ImageFile]
    if source.lower().endswith(COMPRESSED):
        raise ValueError(f"{source}: images are read in place from .zip and .tar alone; unpack this archive")
    if "://" in source:
        files = _at_address(source)
    elif path.is_dir():
        files = folder_files(path, suffixes)
    elif source.lower().endswith(ARCHIVES) and path.is_file():
        files = _in_archive(str(path.absolute()), content_key([path]) if source.lower().endswith(".tar") else "")
    elif path.suffix.lower() == ".txt" and path.is_file():
        files = _in_list(path)
    elif path.is_file():
        files = [path]
    else:
        raise ValueError(f"found nothing at {path}")
    if not files:
        known = ", ".join(suffixes)
        raise ValueError(f"expected images in {source}, found none ({known}); reader=dicom and others read other files")
    return list(files)


def _in_list(path: Path) -> list[ImageFile]:
    """The images that a text file lists, each once; a ValueError names a line that leads nowhere."""
    named = [file for number, line in lines(path.read_bytes(), str(path)) for file in _list_entry(line, path, number)]
    files = list(dict.fromkeys(named))
    if len(files) < len(named):
        _say(f"note: {path}: {len(named) - len(files)} of {len(named)} lines name an image again; each counts once")
    return files


def _list_entry(line: str, path: Path, number: int) -> Sequence[ImageFile]:
    if "://" in line:
        return _at_address(line)
    places = [path.parent / reading for reading in readings(line)]
    found = next((place for place in places if _exists(place)), None)
    if found is None and line.startswith("#"):
        return []
    if found is None:
        raise ValueError(f"{path}, line {number}: found nothing at {str(places[-1])!r}")
    if found.is_dir():
        raise ValueError(f"{path}, line {number}: {str(found)!r} is a folder: [FOLDER, LIST] reads both, a list images")
    return [found]


def _exists(place: Path) -> bool:
    with suppress(OSError):  # any text may stand in a list, longer than a name can be
        return place.exists()
    return False


def _in_archive(address: str, version: str) -> list[Elsewhere]:
    members = archive_members(address)
    found = [Elsewhere(address, name, f"{version} {own}".strip()) for name, own in members]
    return sorted(found, key=lambda file: PurePosixPath(file.member).parts)


def _at_address(address: str) -> list[Elsewhere]:
    """The images at an address; an OSError where it can't be reached."""
    refuse_credentials(address, "an address of images")
    if address.lower().endswith(ARCHIVES):
        return _in_archive(address, _version(address))
    if address.lower().endswith(SUFFIXES):
        return [Elsewhere(address, "", _version(address))]
    places = sorted(_list_at_address(address) if address.lower().endswith(".txt") else _walk_address(address))
    with ThreadPoolExecutor(DEEPEST) as pool:
        versions = list(pool.map(_version, places))
    return [Elsewhere(place, "", version) for place, version in zip(places, versions, strict=True)]


def _list_at_address(address: str) -> list[str]:
    above = address.rpartition("/")[0]
    named = [[*readings(line)][-1] for _, line in lines(Elsewhere(address, "", "").read(), address) if line[0] != "#"]
    refuse_credentials(named, address)
    return list(dict.fromkeys(name if "://" in name else f"{above}/{name.removeprefix('./')}" for name in named))


def _walk_address(address: str) -> Iterator[str]:
    with reaching(address):
        system, path = filesystem(address)
        walked = list(system.walk(path, maxdepth=DEEPEST, on_error="raise"))
    for folder, below, names in walked:
        if below and folder.count("/") - path.rstrip("/").count("/") >= DEEPEST - 1:
            raise ValueError(f"{address}: more than {DEEPEST} folders deep: does a link there lead back?")
        below = PurePosixPath(folder[len(path) :].strip("/"))
        images = (name for name in names if is_image(below / name))
        yield from (system.unstrip_protocol(f"{folder.rstrip('/')}/{name}") for name in images)


def _version(address: str) -> str:
    """What the place tells of a file's version: size, and a hash or a time."""
    with reaching(address):
        system, path = filesystem(address)
        known = system.info(path)
    return " ".join(str(known[name]) for name in VERSIONS if known.get(name))


def _walk(folder: str, suffixes: tuple[str, ...], above: frozenset[str] = frozenset()) -> Iterator[tuple[str, bool]]:
    """The images below a folder, links followed, and whether they are used; a folder that is not used, as a whole.

    A ValueError where a link leads back to a folder above it.
    """
    here = os.path.realpath(folder)
    if here in above:
        raise ValueError(f"{folder} is a link back to {here}: a folder of images must not contain itself")
    with os.scandir(folder) as found:
        for entry in found:
            name = entry.name.lower()
            lost = entry.is_symlink() and not _exists(Path(entry.path))
            if is_hidden(name) and (name.endswith(suffixes) or (not lost and entry.is_dir())):
                yield entry.path, False
            elif name.endswith(suffixes) and (lost or entry.is_file()):
                yield entry.path, True
            elif name.endswith((*SUFFIXES, *NOT_READ)) and entry.is_file():
                yield entry.path, False
            elif not lost and entry.is_dir():
                yield from _walk(entry.path, suffixes, above | {here})
