"""Which formats pictures are written in, and what each can hold."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """A format: its files' suffix, its longest side in pixels, what it keeps, what Pillow is told; its most pixels.

    Of AVIF more could be written than its decoder reads again.
    """

    suffix: str
    largest: int
    keeps: Sequence[str]
    options: dict[str, Any]
    area: int = 2**62


KINDS = {
    "PNG": Kind(".png", 2**31 - 1, ("profile", "exif", "xmp", "dpi", "text", "alpha", "depth", "frames"), {}),
    "TIFF": Kind(".tif", 2**31 - 1, ("profile", "exif", "xmp", "dpi", "alpha", "depth"), {}),
    "JPEG": Kind(".jpg", 65_500, ("profile", "exif", "xmp", "dpi"), {"quality": 95, "subsampling": 0}),
    "WEBP": Kind(".webp", 16_383, ("profile", "exif", "xmp", "alpha", "frames"), {"quality": 95}),
    "AVIF": Kind(
        ".avif", 32_768, ("profile", "exif", "xmp", "alpha", "frames"), {"quality": 90, "subsampling": "4:4:4"}, 2**28
    ),
    "BMP": Kind(".bmp", 32_767, ("dpi",), {}),
    "PPM": Kind(".ppm", 2**31 - 1, (), {}),
    "GIF": Kind(".gif", 65_535, ("alpha", "frames"), {"disposal": 2}),  # or transparency would not wipe
}
