"""The folder where decoded images are kept, shared by all runs: what lies there, and how it is written."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SMALLER = "smaller"  # the folder of smaller copies of images


class Entry(NamedTuple):
    """A decoded source: `sets` are its HR images (`high`) and the LR images made from them."""

    key: str
    source: str
    images: int
    bytes: int
    sets: list[str]


def cache_root() -> Path:
    """`$SR_CACHE_ROOT`, or `sr_experiments` in the user's cache folder."""
    chosen = os.environ.get("SR_CACHE_ROOT")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(chosen).expanduser().absolute() if chosen else home / "sr_experiments"


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Make a folder and hold it, another process that wants it waiting; what a killed one left half-written goes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for unfinished in folder.glob(".*.bin.*"):
            unfinished.unlink()
        yield


@contextmanager
def atomic(place: Path) -> Iterator[Path]:
    """A temporary path that moves to `place` at the end; whoever is killed before leaves nothing there."""
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)


class DiskFullError(OSError):
    """What is to be written would not fit."""


def check_space(folder: Path, needed: int) -> None:
    """A DiskFullError where `needed` bytes do not fit."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise DiskFullError(
            f"decoding needs {gigabytes(needed)} in {folder}, {gigabytes(free)} are free: "
            "set SR_CACHE_ROOT to a larger disk, or make room with sr-data cache rm"
        )


def entries() -> list[Entry]:
    """What the cache holds, the largest first."""
    found = [_entry(index.parent) for index in cache_root().glob("*/high.json")]
    return sorted(found, key=lambda entry: -entry.bytes)


def smaller_images() -> list[Path]:
    """The smaller copies of images that the cache holds besides, see `smaller.py`."""
    return list((cache_root() / SMALLER).glob("*/*.ppm"))


def _entry(folder: Path) -> Entry:
    index = json.loads((folder / "high.json").read_text(encoding="utf-8"))
    files = list(folder.glob("*.bin"))
    sets = sorted(path.stem for path in files)
    return Entry(folder.name, index["source"], len(index["names"]), sum(path.stat().st_size for path in files), sets)


def remove(key: str) -> int:
    """Remove one entry, or `all`; the bytes that are free again. Runs that read it keep what they have open."""
    chosen = [entry for entry in entries() if key in ("all", entry.key)]
    if not chosen and key != "all":
        raise ValueError(f"no entry called {key!r} in {cache_root()}: sr-data cache ls shows them")
    for entry in chosen:
        with exclusive(cache_root() / entry.key):
            for path in sorted((cache_root() / entry.key).glob("*.*"), reverse=True):
                path.unlink()
    freed = sum(entry.bytes for entry in chosen)
    if key == "all" and (copies := smaller_images()):
        with exclusive(cache_root() / SMALLER):
            freed += sum(path.stat().st_size for path in copies)
            for path in copies:
                path.unlink()
    return freed


def gigabytes(count: int) -> str:
    """A number of bytes as people read it."""
    return f"{count / 2**30:.2f} GiB"
