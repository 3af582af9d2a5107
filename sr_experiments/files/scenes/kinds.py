"""Which reader a file wants that is no picture: told by what is in it."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from sr_experiments.files import reader


@cache
def readers() -> dict[str, Any]:
    """The `Reader` of each module of files/reader, by the module's name."""
    names = sorted(module.name for module in iter_modules(reader.__path__))
    return {name: import_module(f"{reader.__name__}.{name}").Reader for name in names}


def reader_of(path: Path) -> str | None:
    """The name of the reader that a file wants; None of a picture, or of what can't be opened."""
    if not path.is_file():  # a pipe would wait for ever
        return None
    try:
        return next((name for name, found in readers().items() if found.claims(path)), None)
    except OSError:
        return None


def suffixes() -> tuple[str, ...]:
    """What the names of such files end with."""
    return tuple(dict.fromkeys(_suffixes()))


def _suffixes() -> Iterator[str]:
    for found in readers().values():
        yield from found.suffixes
