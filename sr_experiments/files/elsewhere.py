"""Image files that are no plain paths: in archives, at addresses, or read by a reader of one's own."""

import os
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, Any, NamedTuple
from urllib.parse import unquote

import fsspec

from sr_experiments.files.formats import SUFFIXES, is_image

ARCHIVES = (".zip", ".tar")
HEAD = 1 << 16  # bytes in which nearly every image says how large it is
LARGEST = 1 << 30  # no file of an image that Pillow opens has more bytes
SUSPICIOUS, SHRUNK = 1 << 24, 200  # images hardly shrink: so many bytes to one of these are no image
ATTEMPTS = 3
DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError)  # of a member


class Elsewhere(NamedTuple):
    """A file at an `address`, or the `member` of an archive there, with what readers of images need of a `Path`.

    `version` changes with what the file holds.
    """

    address: str
    member: str
    version: str

    @property
    def name(self) -> str:
        name = PurePosixPath(self.member or self.address).name
        return unquote(name) if self.address.startswith("http") and not self.member else name

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def parent(self) -> str:
        return str(self).rpartition("/")[0]

    def __str__(self) -> str:
        return f"{self.address}/{self.member}" if self.member else self.address

    def read(self, limit: int = -1) -> bytes:
        """What it holds, or its first bytes; an OSError where it can't be had, a ValueError where it is broken."""
        return _retry(self._read, limit)

    def _read(self, limit: int) -> bytes:
        if not self.member:
            with reaching(self.address):
                system, path = filesystem(self.address)
                return system.cat_file(path, None if limit < 0 else 0, None if limit < 0 else limit)
        archive, lock = _open_archive(self.address, os.getpid())
        try:
            with reaching(str(self), *DAMAGES), lock, _member(archive, self.member) as file:
                return file.read(limit)
        except DAMAGES as error:
            raise ValueError(f"{self}: no image that can be read ({error})") from error


class WithReader(NamedTuple):
    """A file that `reader` reads: called with it, it gives an image `(C, H, W)`, see `read_deep`.

    Where a file holds several images, it is called with the number of one of them besides, `frame`.
    """

    file: Path | Elsewhere
    reader: Callable[..., Any]
    frame: int | None = None

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def stem(self) -> str:
        return f"{self.file.stem}{self.place}"

    @property
    def place(self) -> str:
        """What tells an image from others of its file."""
        return "" if self.frame is None else f"_{self.frame + 1:04d}"

    def read(self) -> Any:
        return self.reader(self.file) if self.frame is None else self.reader(self.file, self.frame)

    @property
    def parent(self) -> str | Path:
        return self.file.parent

    def __str__(self) -> str:
        return str(self.file)


ImageFile = Path | Elsewhere | WithReader


def with_reader(file: Path | Elsewhere, reader: Any) -> list[WithReader]:
    """The images of a file: as many as `reader.frames` says, where a reader says it; one of what can't be read."""
    count = 1
    with suppress(ValueError, OSError):  # which reading it will tell
        count = reader.frames(file) if hasattr(reader, "frames") else 1
    return [WithReader(file, reader, frame if count > 1 else None) for frame in range(count)]


def bare(file: ImageFile) -> Path | Elsewhere:
    """The file itself, whatever reads it."""
    return file.file if isinstance(file, WithReader) else file


def filesystem(address: str) -> tuple[Any, str]:
    """What fsspec reads an address with, and the path there; proxies are taken from the environment."""
    options = {"client_kwargs": {"trust_env": True}} if address.startswith("http") else {}
    return fsspec.url_to_fs(address, **options)


@contextmanager
def reaching(address: str, *others: type[Exception]) -> Iterator[None]:
    """An OSError that names the address, whatever was raised: each file system of fsspec has errors of its own.

    But for `others`, which tell of the file and not of the way to it.
    """
    try:
        yield
    except others:
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError(f"found nothing at {address} ({error.__cause__ or 'no such file'})") from None
    except Exception as error:
        raise OSError(f"{address}: {error or type(error).__name__}") from error


def archive_members(address: str) -> Iterator[tuple[str, str]]:
    """The images in a zip or tar archive: each one's name, and what is known there of its version.

    What is hidden, or a system's own, is left out. A ValueError where a name leads out of the archive, where one is a
    link, or claims to be far larger than an image can be.
    """
    _open_archive.cache_clear()  # it may have changed since
    try:
        archive, _ = _retry(_open_archive, address, os.getpid())
        listed = _zip_entries(archive) if isinstance(archive, zipfile.ZipFile) else _tar_entries(archive)
        for name, size, stored, linked, version in listed:
            path = PurePosixPath(name.replace("\\", "/"))
            if path.suffix.lower() not in SUFFIXES:
                continue
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{address}: refused, its member {name} leads out of it")
            if not is_image(path):
                continue
            if linked:
                raise ValueError(f"{address}: refused, its member {name} is a link")
            if size > min(LARGEST, max(SUSPICIOUS, SHRUNK * stored)):
                raise ValueError(f"{address}: refused, its member {name} claims to be {size:,} bytes of {stored:,}")
            yield name, version
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise ValueError(f"{address}: no {address[-3:]} archive that can be read ({error})") from error


def _zip_entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, int, int, bool, str]]:
    for entry in archive.infolist():
        if not entry.is_dir():
            linked = stat.S_ISLNK(entry.external_attr >> 16)
            yield entry.filename, entry.file_size, entry.compress_size, linked, f"{entry.CRC:08x} {entry.file_size}"


def _tar_entries(archive: tarfile.TarFile) -> Iterator[tuple[str, int, int, bool, str]]:
    for entry in archive:
        if not entry.isdir():
            yield entry.name, entry.size, entry.size, not entry.isreg(), str(entry.size)


@lru_cache(16)
def _open_archive(address: str, process: int) -> tuple[zipfile.ZipFile | tarfile.TarFile, Lock]:
    """An archive, and a lock: a file has one position. Opened anew in each process, which inherits the position too."""
    with reaching(address):
        system, path = filesystem(address)
        file = system.open(path)
    return zipfile.ZipFile(file) if address.lower().endswith(".zip") else tarfile.TarFile(fileobj=file), Lock()


def _member(archive: zipfile.ZipFile | tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.open(name) if isinstance(archive, zipfile.ZipFile) else archive.extractfile(name)
    assert file is not None
    return file


def _retry(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns; networks fail now and then."""
    for attempt in range(1, ATTEMPTS):
        with suppress(OSError):
            return function(*arguments)
        time.sleep(0.1 * attempt)
    return function(*arguments)
