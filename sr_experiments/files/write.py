"""Pictures written in any of the usual formats, with all that the format can keep, and in words what it can't."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo

from sr_experiments.files.images import max_pixels
from sr_experiments.files.kinds import KINDS
from sr_experiments.files.metadata import Metadata
from sr_experiments.files.modes import image_of_pixels
from sr_experiments.files.png import texts, write_png
from sr_experiments.files.tiff import write_tiff

_STREAMED = {"PNG": write_png, "TIFF": write_tiff}
_NAMES = {"profile": "color profile", "exif": "EXIF", "xmp": "XMP", "dpi": "dots per inch", "text": "text"}
_WHITE = 255
_LARGER = 4


def check_kind(kind: str, width: int, height: int, *, frames: int, whole: bool) -> None:
    """A ValueError where a format can't hold a picture of this size, or so many frames.

    One that is to be `whole` in memory, as all but stills in PNG and TIFF are, may have four times as many pixels as
    one that is read.
    """
    if frames > 1 and "frames" not in KINDS[kind].keeps:
        raise ValueError(f"{kind} holds no {frames} frames: choose --format png, webp, avif or gif")
    for count, most, words in (
        (max(width, height), KINDS[kind].largest, "pixels a side"),
        (width * height, KINDS[kind].area, "pixels"),
    ):
        if count > most:
            has = f"{width:,}×{height:,}"
            raise ValueError(
                f"{kind} holds at most {most:,} {words}, the result has {has}: choose --format png or tiff"
            )
    most = _LARGER * max_pixels()
    if (whole or frames > 1 or kind not in _STREAMED) and frames * width * height > most:
        times = f"{frames} times " * (frames > 1)
        raise ValueError(
            f"the result has {times}{width:,}×{height:,} pixels, of which {most:,} may be in memory: SR_MAX_PIXELS "
            "raises that; for stills, --format png and tiff without --width and --fit take any number"
        )


def losses(kind: str, channels: int, dtype: Any, metadata: Metadata) -> list[str]:
    """In words what a format does not keep of a picture."""
    keeps = KINDS[kind].keeps
    lost = [name for field, name in _NAMES.items() if getattr(metadata, field) and field not in keeps]
    notes = [f"{kind} keeps no {', '.join(lost)}"] if lost else []
    notes += ["transparency was laid over white"] * (channels in (2, 4) and "alpha" not in keeps)
    notes += ["16 bits became 8"] * (dtype == np.uint16 and "depth" not in keeps)
    return notes + ["GIF has 256 colors"] * (kind == "GIF")


def write_still(
    path: Path, kind: str, bands: Iterable[NDArray[Any]], width: int, height: int, metadata: Metadata
) -> None:
    """Write bands of whole rows `(rows, width, C)`: PNG and TIFF as they come, others when all are there."""
    if kind in _STREAMED:
        _STREAMED[kind](path, bands, width, height, metadata)
        return
    pixels = np.concatenate(list(_fitting(bands, kind)))
    image_of_pixels(pixels).save(path, kind, **_options(kind, metadata))


def write_moving(
    path: Path, kind: str, frames: Iterable[NDArray[Any]], delays: list[float], loop: int | None, metadata: Metadata
) -> None:
    """Write frames `(H, W, C)` with the milliseconds that each is shown; `loop` 0 is for ever, None once."""
    images = map(image_of_pixels, frames)
    first, *others = (image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB") for image in images)
    loops = {} if kind == "GIF" and loop is None else {"loop": 1 if loop is None else loop}
    first.save(path, kind, save_all=True, append_images=others, duration=delays, **loops, **_options(kind, metadata))


def _options(kind: str, metadata: Metadata) -> dict[str, Any]:
    keeps = KINDS[kind].keeps
    given = {"icc_profile": metadata.profile, "exif": metadata.exif, "xmp": metadata.xmp, "dpi": metadata.dpi}
    kept = {name: value for name, value in given.items() if value and name.removeprefix("icc_") in keeps}
    if kind == "PNG":
        kept["pnginfo"] = PngInfo()
        for data in texts(metadata):
            kept["pnginfo"].add(b"iTXt", data)
    return KINDS[kind].options | kept


def _fitting(bands: Iterable[NDArray[Any]], kind: str) -> Iterator[NDArray[Any]]:
    """The same in 8 bits, over white where the format has no alpha."""
    for band in bands:
        if band.dtype == np.uint16:
            band = ((band.astype(np.uint32) + 128) // 257).astype(np.uint8)
        if band.shape[-1] in (2, 4) and "alpha" not in KINDS[kind].keeps:
            color, alpha = band[..., :-1].astype(np.float32), band[..., -1:] / np.float32(_WHITE)
            band = (color * alpha + _WHITE * (1 - alpha)).round().astype(np.uint8)
        yield band
