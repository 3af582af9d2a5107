"""A source in two parts: a few images held out by name, to choose the weights, and those that remain to learn from."""

from collections.abc import Sequence

from sr_experiments.data.sources.files import Source, image_files
from sr_experiments.data.sources.smaller import smaller_copies
from sr_experiments.files.elsewhere import ImageFile


def held_out(*, source: Source, names: Sequence[str]) -> list[ImageFile]:
    """The images of `source` called `names`, without their suffixes; a ValueError says which are not there."""
    found = {file.stem: file for file in _files(source)}
    if missing := sorted(set(names) - set(found)):
        raise ValueError(f"{source} has no image called {', '.join(missing)}: is it the set that these were chosen of?")
    return [found[name] for name in names]


def remaining(*, source: Source, names: Sequence[str], smaller: Sequence[float] = ()) -> list[ImageFile]:
    """The images of `source` but those called `names`, and copies of them made smaller by these factors."""
    held_out(source=source, names=names)
    files = [file for file in _files(source) if file.stem not in set(names)]
    return [*files, *smaller_copies(files, smaller)]


def _files(source: Source) -> list[ImageFile]:
    try:
        return image_files(source)
    except ValueError as error:
        raise ValueError(f"{error}; known sets lie below data_root (SR_DATA_ROOT), sr-data get fetches some") from None
