"""Which image files are read, and how many bits they have."""

from pathlib import PurePath
from typing import Any

READ = {
    **dict.fromkeys((".png", ".apng"), "PNG"),
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    **dict.fromkeys((".tif", ".tiff"), "TIFF"),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".pnm"), "PPM"),
    **dict.fromkeys((".jp2", ".j2k", ".j2c", ".jpc"), "JPEG2000"),
    ".bmp": "BMP",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".avif": "AVIF",
    ".qoi": "QOI",
    ".tga": "TGA",
}
SUFFIXES = tuple(READ)
FORMATS = tuple(dict.fromkeys(READ.values()))  # TGA, which has no mark of its own, is tried last
# fmt: off
NOT_READ = (
    ".arw", ".avifs", ".bw", ".cr2", ".dcm", ".dcx", ".dds", ".dib", ".dng", ".eps", ".exr", ".fits", ".fli", ".hdr",
    ".heic", ".heif", ".icns", ".ico", ".jpf", ".jpx", ".jxl", ".mpo", ".nef", ".pcd", ".pcx", ".pfm", ".psd", ".ras",
    ".rgb", ".rgba", ".sgi", ".svg", ".wmf", ".xbm", ".xpm",
)
# fmt: on
_BITS_PER_SAMPLE = 258
SYSTEMS = ("@eadir", "__macosx", "#recycle", "$recycle.bin", "system volume information", "lost+found")


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or one that systems put there for themselves."""
    return name.startswith(".") or name.lower() in SYSTEMS


def is_image(path: PurePath, suffixes: tuple[str, ...] = SUFFIXES) -> bool:
    """Whether a path below a source is one of its images."""
    return path.name.lower().endswith(suffixes) and not any(is_hidden(part) for part in path.parts)


def bits(image: Any) -> int:
    """The bits a channel of a file that Pillow has opened and not decoded; 8 where it has fewer.

    Of color, Pillow drops those beyond 8 without a word.
    """
    if image.format in _BITS:
        return max(8, _BITS[image.format](image))
    return 16 if image.mode.startswith("I;16") else 8


def _tiff(image: Any) -> int:
    return max(image.tag_v2.get(_BITS_PER_SAMPLE, (1,)))


def _png(image: Any) -> int:
    return 16 if any(";16" in str(tile.args) for tile in image.tile) else 8


def _ppm(image: Any) -> int:
    (tile,) = image.tile
    return int(tile.args[1]).bit_length() if isinstance(tile.args, tuple) else 16 if ";16" in tile.args else 8


def _jpeg_2000(image: Any) -> int:
    """Of the SIZ marker: ITU-T T.800, A.5.1."""
    content = _content(image)
    start = content.find(b"\xff\x4f\xff\x51") + 40
    channels = int.from_bytes(content[start : start + 2], "big")
    return max(1 + (depth & 0x7F) for depth in content[start + 2 : start + 2 + 3 * channels : 3])


def _avif(image: Any) -> int:
    """Of the box av1C, which says whether it has more than 8 (AV1 in ISOBMFF, 2.3)."""
    content = _content(image)
    return 10 if content[content.find(b"av1C") + 6] & 0x40 else 8


def _content(image: Any) -> bytes:
    file = image.fp
    place = file.tell()
    file.seek(0)
    content = file.read()
    file.seek(place)
    return content


_BITS = {"TIFF": _tiff, "PNG": _png, "PPM": _ppm, "JPEG2000": _jpeg_2000, "AVIF": _avif}
