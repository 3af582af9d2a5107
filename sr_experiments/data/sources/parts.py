"""A source in three parts: to learn from, to choose the weights, to measure."""

from sr_experiments.data.sources.files import Source, image_files
from sr_experiments.files.elsewhere import ImageFile

EVERY = 10  # of ten images in a row, the first chooses the weights, the second and third are measured


def part(*, source: Source, of: str) -> list[ImageFile]:
    """The images of `source` that are for `train`, `val` or `test`, by their places in its order.

    A ValueError where there are none: a source of ten images or more has some for each.
    """
    places = {"val": (0,), "test": (1, 2), "train": tuple(range(3, EVERY))}
    if of not in places:
        raise ValueError(f"a source has the parts {', '.join(places)}, not {of!r}")
    files = image_files(source)
    found = [file for number, file in enumerate(files) if number % EVERY in places[of]]
    if not found:
        raise ValueError(f"{source}: expected at least {EVERY} images to divide, got {len(files)}")
    return found
