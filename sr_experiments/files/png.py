"""PNG written row by row, so that none but these need be in memory."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sr_experiments.files.metadata import XMP_TEXT, Metadata

_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}  # grey, grey and alpha, RGB, RGB and alpha
_PAETH = 4
_LEVEL = 4
_AT_ONCE = 1 << 20  # bytes that are filtered together
_INCH = 0.0254


def write_png(path: Path, bands: Iterable[NDArray[Any]], width: int, height: int, metadata: Metadata) -> None:
    """Write bands of rows `(rows, width, C)`, uint8 or uint16, C = 1 to 4, and what belongs to them.

    W3C, Portable Network Graphics (third edition); every row is filtered by Paeth's predictor.
    """
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        deflate, above = zlib.compressobj(_LEVEL), None
        for band in bands:
            if above is None:
                depth, color = 8 * band.itemsize, _COLORS[band.shape[-1]]
                _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
                for kind, data in _about(metadata):
                    _chunk(file, kind, data)
                above = np.zeros((1, band[0].nbytes), np.uint8)
            for rows in _pieces(band):
                _chunk(file, b"IDAT", deflate.compress(_filtered(rows, above, band.itemsize * band.shape[-1])))
                above = rows[-1:]
        _chunk(file, b"IDAT", deflate.flush())
        _chunk(file, b"IEND", b"")


def _chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    if data or kind == b"IEND":
        file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _pieces(band: NDArray[Any]) -> Iterator[NDArray[np.uint8]]:
    """The bytes of a band's rows, as PNG orders them, some rows at a time."""
    step = max(_AT_ONCE // band[0].nbytes, 1)
    for start in range(0, len(band), step):
        rows = np.ascontiguousarray(band[start : start + step], f">u{band.itemsize}")
        yield rows.view(np.uint8).reshape(len(rows), -1)


def _filtered(rows: NDArray[np.uint8], above: NDArray[np.uint8], pixel: int) -> bytes:
    up = np.concatenate([above, rows[:-1]])
    left, corner = (np.pad(each, ((0, 0), (pixel, 0)))[:, :-pixel] for each in (rows, up))
    a, b, c = (each.astype(np.int16) for each in (left, up, corner))
    to_left, to_up, to_corner = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    nearest = np.where(to_up <= to_corner, up, corner)
    predicted = np.where((to_left <= to_up) & (to_left <= to_corner), left, nearest)
    return np.pad(rows - predicted, ((0, 0), (1, 0)), constant_values=_PAETH).tobytes()


def _about(metadata: Metadata) -> Iterator[tuple[bytes, bytes]]:
    if metadata.profile:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.profile)
    if metadata.dpi:
        yield b"pHYs", struct.pack(">IIB", *(round(side / _INCH) for side in metadata.dpi), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif.tobytes().removeprefix(b"Exif\0\0")
    for data in texts(metadata):
        yield b"iTXt", data


def texts(metadata: Metadata) -> Iterator[bytes]:
    """What iTXt chunks hold: text, and XMP, which stands in one as well."""
    if metadata.xmp:
        yield _named(XMP_TEXT) + b"\0\0\0\0" + metadata.xmp
    for name, text in metadata.text.items():
        yield _named(name) + b"\0\0\0\0" + text.encode("utf-8", "replace")


def _named(name: str) -> bytes:
    return (name.encode("latin-1", "replace")[:79] or b"Text") + b"\0"
