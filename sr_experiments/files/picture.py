"""Pictures as people have them: read with all that they carry, and in words what had to change."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sr_experiments.files.deep import decode_deep, turn_upright
from sr_experiments.files.formats import bits
from sr_experiments.files.images import ImageError, check_still, is_deep, max_pixels, open_image
from sr_experiments.files.metadata import Metadata, orientation, read_metadata
from sr_experiments.files.modes import pixels_of
from sr_experiments.files.tiff import TiffRows, tiff_rows

_MOVING = ("GIF", "WEBP", "PNG", "AVIF")


class Picture(NamedTuple):
    """The frames of a picture, one of a still, `(H, W, C)` as uint8 or uint16: grey or RGB, with alpha or without.

    A TIFF's are read when they are asked for, where that can be.

    `delays` in milliseconds, none of a still; `loop` as the file has it. `notes` says what was converted or left out.
    """

    frames: Sequence[NDArray[Any] | TiffRows]
    metadata: Metadata
    notes: list[str]
    delays: list[float]
    loop: int | None = None


def read_picture(path: Path) -> Picture:
    """A picture the way up that its EXIF tag says; an ImageError names what can't be read."""
    if not path.is_file():  # a pipe would wait for ever
        raise ImageError(path, "expected a file; it is none, or a link leads nowhere")
    with open_image(path) as image:
        if image.format in _MOVING and getattr(image, "n_frames", 1) > 1:
            frames, notes, delays = _moving(image)
        else:
            check_still(image, path)
            frames, notes, delays = *_still(image, path), []
        found, unread = read_metadata(image)
    fitting = found.for_channels(frames[0].shape[-1])
    if found.profile and not fitting.profile and not notes:
        unread.append("its profile of other colors was left out")
    loop = image.info.get("loop")
    return Picture(frames, fitting, [*dict.fromkeys(notes), *unread], delays, loop)


def _still(image: Image.Image, path: Path) -> tuple[list[NDArray[Any] | TiffRows], list[str]]:
    if image.format == "TIFF" and orientation(image) == 1 and (rows := tiff_rows(path)):
        return [rows], []
    if is_deep(image):
        return [np.ascontiguousarray(decode_deep(image, path))], []
    deeper = bits(image)
    pixels, note = pixels_of(image)
    notes = [f"{deeper} bits became 8"] if deeper > 8 * pixels.itemsize else []
    return [turn_upright(pixels, orientation(image))], [*notes, *filter(None, [note])]


def _moving(image: Image.Image) -> tuple[list[NDArray[Any]], list[str], list[float]]:
    found, delays, frames = [], [], image.n_frames  # pyright: ignore[reportAttributeAccessIssue]
    if frames * image.width * image.height > max_pixels():
        raise Image.DecompressionBombError
    for frame in range(frames):
        image.seek(frame)
        image.load()
        found.append(pixels_of(image))
        delays.append(image.info.get("duration", 0))
    pixels, notes = zip(*found, strict=True)
    return list(pixels), list(filter(None, notes)), delays
