"""What images are called: their paths below the root of their source, without suffix."""

from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from sr_experiments.data.sources.files import image_files
from sr_experiments.files.elsewhere import Elsewhere, ImageFile, WithReader, bare


def named_files(source: str | Path | Sequence[str | ImageFile], reader: Any = None) -> dict[str, ImageFile]:
    """The image files of a source by name, `day/street` of `ROOT/day/street.png`; a ValueError where two share one.

    The root is the folder, archive or address; of a list of files it is the last folder that holds them all. A byte
    that is no letter of UTF-8 is written out, as `\\xff`.
    """
    files = image_files(source, reader)
    roots = [_below(part) for part in ([source] if isinstance(source, str | Path) else source)]
    places = [_place(file) for file in files]
    listed = _common(place for place in places if not place.startswith(tuple(roots)))
    named: dict[str, ImageFile] = {}
    for file, place in zip(files, places, strict=True):
        root = max((root for root in roots if place.startswith(root)), key=len, default=listed)
        name = _text(str(PurePosixPath(place.removeprefix(root)).with_suffix("")))
        name += file.place if isinstance(file, WithReader) else ""
        if name in named:
            raise ValueError(f"two images are called {name}, {named[name]} and {file}: rename one, or leave one out")
        named[name] = file
    return named


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _place(file: ImageFile) -> str:
    """Where a file lies, as text with `/`; spelt as people read it."""
    file = bare(file)
    if isinstance(file, Elsewhere):
        return unquote(str(file)) if file.address.startswith("http") and not file.member else str(file)
    return file.absolute().as_posix()


def _below(source: str | ImageFile) -> str:
    """What the places of all files in a source begin with."""
    text = str(source)
    place = unquote(text) if "://" in text else Path(text).expanduser().absolute().as_posix()
    return f"{place.rstrip('/')}/"


def _common(places: Iterable[str]) -> str:
    """The last folder that holds all of them."""
    folders = zip(*(place.split("/")[:-1] for place in places), strict=False)
    return "".join(f"{each[0]}/" for each in takewhile(lambda each: len(set(each)) == 1, folders))
