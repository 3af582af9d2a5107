"""What is printed: on whatever terminal there is, and kept."""

import codecs
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

PLAIN = {"–": "-", "−": "-", "×": "x", "·": "*", "÷": "/", "±": "+-", "…": "...", "σ": "sigma", "²": "^2"}


def degrade() -> None:
    """Let signs that the terminal's encoding lacks be printed as others, where they would end the command."""
    codecs.register_error("degrade", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="degrade")


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign) or ascii(sign)[1:-1] for sign in signs), error.end


@contextmanager
def copy_output(path: Path) -> Iterator[None]:
    """Copy what is printed to a file as well, in UTF-8, unless the terminal is that file already."""
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        if os.path.samestat(os.fstat(1), os.fstat(file.fileno())):
            for stream in (sys.stdout, sys.stderr):
                if isinstance(stream, io.TextIOWrapper):
                    stream.reconfigure(encoding="utf-8", errors="backslashreplace")
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


@contextmanager
def quiet() -> Iterator[None]:
    """Without warnings, logs, and what libraries print beside."""
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
