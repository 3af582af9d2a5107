"""What is looked at before a library decodes a file."""

import zlib
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.files.images import ImageError, max_pixels

MOST_FRAMES = 10_000
_AT_ONCE = 1 << 20  # bytes


def library(name: str, extra: str, path: Path | Elsewhere) -> Any:
    """The module of an extra's library; an ImageError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ImageError(path, f'{package} reads such files: pip install "sr_experiments[{extra}]"') from None


def content(path: Path | Elsewhere) -> Path | BytesIO:
    """What a library opens."""
    return path if isinstance(path, Path) else BytesIO(path.read())


def check_size(path: Path | Elsewhere, width: int, height: int, channels: int = 1, frames: int = 1) -> None:
    """An ImageError of what has no pixels, or claims more than an image may have, before any memory is taken."""
    if min(width, height, channels, frames) < 1 or frames > MOST_FRAMES:
        size = f"{frames:,} images of {width:,}×{height:,} pixels and {channels:,} channels"
        raise ImageError(path, f"expected 1 to {MOST_FRAMES:,} images with pixels, got {size}")
    if width * height * channels > 3 * max_pixels():
        size = f"{width:,}×{height:,} pixels of {channels:,} channels"
        raise ImageError(path, f"{size} are more than data.max_pixels, or SR_MAX_PIXELS, lets in ({max_pixels():,})")


def check_unpacked(path: Path | Elsewhere, packed: bytes) -> None:
    """An ImageError where a raw stream of deflate would take more memory than an image may have."""
    stream, size, most = zlib.decompressobj(-zlib.MAX_WBITS), 0, 4 * max_pixels()
    while packed and size <= most:
        size += len(stream.decompress(packed, _AT_ONCE))
        packed = stream.unconsumed_tail
    if size > most:
        raise ImageError(path, f"it unpacks to more bytes than 4 · data.max_pixels, or SR_MAX_PIXELS ({most:,})")
