"""Which pictures, films and scenes a command was given, and where their results go."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sr_experiments.files.films import kinds as films
from sr_experiments.files.formats import READ, is_image
from sr_experiments.files.kinds import KINDS
from sr_experiments.files.scenes.kinds import reader_of, readers, suffixes


class Place(NamedTuple):
    """A picture or film, where its result goes, and in which format of `KINDS` or container of `CONTAINERS`.

    Or what a `reader` of `domains` reads.
    """

    source: Path
    output: Path
    kind: str
    reader: str | None = None


def places(inputs: Sequence[str], output: Path, kind: str | None) -> list[Place]:
    """Files, what lies below folders, and what patterns match; results keep the folders' trees below `output`.

    `output` is a file where its suffix is a format's and there is one input. `kind`: of pictures, or of films, None for
    the input's own; pictures become PNG otherwise, and films stay in their container, or go to Matroska where theirs is
    not written. What is neither keeps its format. A ValueError says which input is nothing, and which two would make
    one result.
    """
    found, known = dict(each for text in inputs for each in _sources(text, output)), (*READ, *films.READ, *suffixes())
    if not found:
        raise ValueError(f"no pictures or films in {', '.join(inputs)}: expected {', '.join(known)}")
    if output.name.lower().endswith(known) and len(found) == 1 and not output.is_dir():
        planned = [_only(next(iter(found)), output)]
    elif output.exists() and not output.is_dir():
        raise ValueError(f"--output {output}: expected a folder, or a new file for a single input; it is a file")
    elif len(found) == 1 and output.suffix[1:].isalpha() and not output.exists():
        raise ValueError(f"--output {output}: expected an ending of {', '.join(known)}, or a folder (make it first)")
    else:
        planned = [_place(source, output / below, kind) for source, below in found.items()]
    _refuse_clashes(planned)
    return planned


def _sources(text: str, output: Path) -> Iterator[tuple[Path, Path]]:
    """Each input, and its path below what was given."""
    given = Path(text)
    if text and os.path.lexists(given):
        yield from _below(given, output) if given.is_dir() else [(given, Path(given.name))]
    elif matches := sorted(glob.glob(text, recursive=True)):  # noqa: PTH207 - of any folder
        for match in matches:
            yield from _sources(match, output)
    else:
        name = text or "an empty name"
        raise ValueError(f"{name}: expected a picture, a film, a folder or a pattern; found nothing of that name")


def _below(folder: Path, output: Path) -> Iterator[tuple[Path, Path]]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if os.path.realpath(Path(place) / name) != os.path.realpath(output)
        )
        for name in sorted(files):
            path = Path(place) / name
            if is_image(path.relative_to(folder), (*READ, *films.READ, *suffixes())):
                yield path, path.relative_to(folder)


def is_film(path: Path) -> bool:
    """Whether a file is called as films are."""
    return path.suffix.lower() in films.READ


def _only(source: Path, output: Path) -> Place:
    if is_film(source):
        return Place(source, output, _container(output))
    reader = reader_of(source)
    if reader is None:
        return Place(source, output, _kind(output))
    if not output.name.lower().endswith(readers()[reader].suffixes):
        expected = " or ".join(readers()[reader].suffixes)
        raise ValueError(f"--output {output}: {source} keeps its format, {reader}: expected a name in {expected}")
    return Place(source, output, "", reader)


def _place(source: Path, output: Path, kind: str | None) -> Place:
    if is_film(source):
        kind = kind if kind in films.CONTAINERS else films.READ[source.suffix.lower()]
        return Place(source, output.with_suffix(films.CONTAINERS[kind].suffix), kind)
    if reader := reader_of(source):
        return Place(source, output, "", reader)
    if kind is None:
        return Place(source, output, _kind(output))
    kind = kind if kind in KINDS else "PNG"
    return Place(source, output.with_suffix(KINDS[kind].suffix), kind)


def _container(path: Path) -> str:
    written = {container.suffix: kind for kind, container in films.CONTAINERS.items()}
    if path.suffix.lower() not in written:
        raise ValueError(f"--output {path}: films are written as {', '.join(written)}")
    return written[path.suffix.lower()]


def _kind(path: Path) -> str:
    kind = READ.get(path.suffix.lower(), path.suffix)
    if kind not in KINDS:
        raise ValueError(f"{path}: {kind} is not written: choose one of {', '.join(KINDS)} by --format")
    return kind


def _refuse_clashes(planned: list[Place]) -> None:
    inputs, made = {os.path.realpath(place.source) for place in planned}, dict[Path, Path]()
    for source, output, *_ in planned:
        if output in made:
            raise ValueError(
                f"{made[output]} and {source} would both make {output}: --format same keeps their endings apart, or "
                "enlarge them into different folders"
            )
        if os.path.realpath(output) in inputs:
            raise ValueError(f"{output} is an input that would be enlarged itself: choose another --output")
        made[output] = source
