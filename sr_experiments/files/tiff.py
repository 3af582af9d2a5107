"""TIFF written in tiles and read in rows, so that no whole picture need be in memory."""

import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL.ExifTags import IFD
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from sr_experiments.files.metadata import Metadata

TILE = 256
_LEVEL = 4
_READ = 1 << 23  # bytes of a file that are read at once
_READABLE = (1, 8, 32946)  # not compressed, or by zlib: what tifffile reads without imagecodecs
_PLAIN = ((1,), (1, 2), (2,), (2, 2))  # grey and RGB, with straight alpha or without
_BIG = (1 << 32) - (1 << 26)  # bytes before compression, above which offsets need eight bytes
_PARTS = (IFD.Exif, IFD.GPSInfo)
_BYTE, _ASCII, _LONG, _LONG8 = 1, 2, 4, 16  # TIFF's types of values
_XMP = 700


class TiffRows:
    """A TIFF's pixels `(H, W, C)`, of which slices of rows are read from the top.

    A slice begins no higher than the one before, and no lower than that ended.
    """

    def __init__(self, path: Path, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
        self.path, self.shape, self.dtype = path, shape, dtype
        self.bands, self.first, self.window = self._bands(), 0, np.zeros((0, *shape[1:]), dtype)

    def __getitem__(self, rows: slice) -> NDArray[Any]:
        start, stop, _ = rows.indices(self.shape[0])
        missing = stop - self.first - len(self.window)
        if missing > 0:
            parts = [self.window[start - self.first :]]
            while missing > 0:
                parts.append(next(self.bands))
                missing -= len(parts[-1])
            self.first, self.window = start, np.concatenate(parts)
        return self.window[start - self.first : stop - self.first]

    def _bands(self) -> Iterator[NDArray[Any]]:
        """One row of strips or tiles after the other."""
        parts: list[NDArray[Any]] = []
        with tifffile.TiffFile(self.path) as file:
            page: Any = file.pages[0]
            for data, (*_, top, left, _), _ in page.segments(maxworkers=1, buffersize=_READ):
                part = data.reshape(data.shape[-3:])[: self.shape[0] - top, : self.shape[1] - left]
                parts.append(part)
                if left + part.shape[1] == self.shape[1]:
                    yield np.concatenate(parts, 1)
                    parts = []


def tiff_rows(path: Path) -> TiffRows | None:
    """The pixels of a TIFF that is read row by row: of grey or RGB, with alpha or without, plain or by zlib."""
    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            shape = (page.imagelength, page.imagewidth, page.samplesperpixel)
            return TiffRows(path, shape, page.dtype) if _is_plain(page, file.filehandle.size) else None
    except tifffile.TiffFileError:
        return None


def _is_plain(page: Any, size: int) -> bool:
    """Whether tifffile by itself reads a page as it is, all of which lies in a file of this size."""
    ends = map(add, page.dataoffsets, page.databytecounts)
    return (
        page.axes in ("YX", "YXS")
        and (page.photometric, *page.extrasamples) in _PLAIN
        and page.compression in _READABLE
        and page.dtype in (np.uint8, np.uint16)
        and page.bitspersample in (8, 16)
        and all(page.databytecounts)
        and max(ends) <= size
    )


def write_tiff(path: Path, bands: Iterable[NDArray[Any]], width: int, height: int, metadata: Metadata) -> None:
    """Write bands of rows `(rows, width, C)`, uint8 or uint16, C = 1 to 4, and what belongs to them.

    In tiles, by zlib with differences; as BigTIFF where it may have more than 4 GB.
    """
    rows = _rows(bands, TILE)
    first = next(rows)
    channels, big = first.shape[-1], first[0].nbytes * height > _BIG
    with tifffile.TiffWriter(path, bigtiff=big, byteorder="<") as writer:
        writer.write(
            _tiles(first, rows),
            shape=(height, width, channels) if channels > 1 else (height, width),
            dtype=first.dtype,
            tile=(TILE, TILE),
            photometric="rgb" if channels > 2 else "minisblack",
            planarconfig="contig" if channels > 1 else None,
            extrasamples=["unassalpha"] if channels in (2, 4) else None,
            compression="zlib",
            compressionargs={"level": _LEVEL},
            predictor=True,
            iccprofile=metadata.profile,
            resolution=metadata.dpi,
            resolutionunit="INCH" if metadata.dpi else None,
            software=False,
            metadata=None,
            maxworkers=1,
            extratags=list(_tags(metadata, big)),
        )
    for part in _PARTS:
        if metadata.exif and part in metadata.exif:
            _append(path, part, metadata.exif[part], big)


def _rows(bands: Iterable[NDArray[Any]], step: int) -> Iterator[NDArray[Any]]:
    """Bands of so many rows each, but for the last."""
    waiting: list[NDArray[Any]] = []
    for band in bands:
        waiting.append(band)
        if sum(map(len, waiting)) >= step:
            joined = np.concatenate(waiting)
            whole = len(joined) // step * step
            yield from (joined[start : start + step] for start in range(0, whole, step))
            waiting = [joined[whole:]]
    if rest := sum(map(len, waiting)):
        yield np.concatenate(waiting)[:rest]


def _tiles(first: NDArray[Any], others: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    for rows in chain([first], others):
        for left in range(0, rows.shape[1], TILE):
            tile = rows[:, left : left + TILE]
            tile = np.pad(tile, ((0, TILE - tile.shape[0]), (0, TILE - tile.shape[1]), (0, 0)), "edge")
            yield tile if tile.shape[-1] > 1 else tile[..., 0]


def _tags(metadata: Metadata, big: bool) -> Iterator[tuple[Any, ...]]:
    if metadata.xmp:
        yield _XMP, _BYTE, len(metadata.xmp), metadata.xmp, True
    for tag, value in (metadata.exif or {}).items():
        if tag in _PARTS:
            yield tag - 1, _LONG8 if big else _LONG, 1, 0, True  # tifffile writes none of this number itself
        elif isinstance(value, str):
            text = value.encode("utf-8", "replace") + b"\0"
            yield tag, _ASCII, len(text), text, True
        elif isinstance(value, bytes):
            yield tag, _BYTE, len(value), value, True


def _append(path: Path, part: int, values: dict[int, Any], big: bool) -> None:
    """Write a directory of EXIF at the end of a file, and where it lies into the tag that is there for it."""
    head = b"II\x2b\0\x08\0\0\0" + bytes(8) if big else b"II\x2a\0" + bytes(4)
    directory = ImageFileDirectory_v2(head, group=part)
    for tag, value in values.items():
        directory[tag] = value
    with tifffile.TiffFile(path, mode="r+") as written:
        tag, file = written.pages[0].tags[part - 1], written.filehandle  # pyright: ignore[reportAttributeAccessIssue]
        place = file.size + file.size % 2
        file.seek(place)
        file.write(directory.tobytes(place))
        tag.overwrite(place)
        file.seek(tag.offset)
        file.write(struct.pack("<H", part))
