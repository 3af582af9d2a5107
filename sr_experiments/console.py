"""What a run prints, kept."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO


@contextmanager
def copied(path: Path) -> Iterator[None]:
    """Copy what is printed to a file as well, unless the terminal is that file already."""
    with path.open("a", encoding="utf-8") as file:
        if os.path.samestat(os.fstat(1), os.fstat(file.fileno())):
            yield
            return
        with redirect_stdout(_Tee(sys.stdout, file)), redirect_stderr(_Tee(sys.stderr, file)):
            yield


class _Tee(io.TextIOBase):
    def __init__(self, *streams: TextIO) -> None:
        self.streams = streams

    def write(self, text: str) -> int:
        for stream in self.streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        for stream in self.streams:
            stream.flush()

    def isatty(self) -> bool:
        return self.streams[0].isatty()
