"""Who holds a run directory, told by a lock that ends with its process. Standard library only."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

LOCK = ".lock"
RECORD_LOCK = ".record.lock"  # another file, since a training holds LOCK for days and run.json is replaced


class BusyError(ValueError):
    """Another process holds a run directory."""


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Hold a run directory for this process; a BusyError where another one does."""
    with (folder / LOCK).open("w") as file:
        if not _acquire(file):
            raise BusyError(f"{folder} is being written by another process; wait for it, or stop it")
        yield


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the only one, of all threads and processes, who changes a run's record; waits for who does."""
    with (folder / RECORD_LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _acquire(file: TextIO) -> bool:
    """Whether the lock could be got within a second: who only asks about it holds it for an instant."""
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def is_locked(folder: Path) -> bool:
    """Whether a living process holds a run directory."""
    return is_held(folder / LOCK)


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock on a file."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
