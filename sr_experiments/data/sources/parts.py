"""A source in three parts: to learn from, to choose the weights, to measure."""

from collections.abc import Sequence
from typing import TypeVar

from sr_experiments.data.sources.files import Source, image_files
from sr_experiments.files.elsewhere import ImageFile

EVERY = 10  # of ten images in a row, the first chooses the weights, the second and third are measured
Item = TypeVar("Item")


def part(*, source: Source, of: str) -> list[ImageFile]:
    """The images of `source` that are for `train`, `val` or `test`, by their places in its order.

    A ValueError where there are none: a source of ten images or more has some for each.
    """
    files = image_files(source)
    found = of_part(files, of)
    if not found:
        raise ValueError(f"{source}: expected at least {EVERY} images to divide, got {len(files)}")
    return found


def of_part(items: Sequence[Item], of: str) -> list[Item]:
    """Those of `items` that are for a part, by their places."""
    places = {"val": (0,), "test": (1, 2), "train": tuple(range(3, EVERY))}
    if of not in places:
        raise ValueError(f"a source has the parts {', '.join(places)}, not {of!r}")
    return [item for number, item in enumerate(items) if number % EVERY in places[of]]
