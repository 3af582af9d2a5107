"""Pillow's images as arrays of grey, RGB and alpha, and back."""

from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_KEPT = {"L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "I;16", "I;16B": "I;16", "I;16L": "I;16"}
_MADE = {"1": "L", "P": "RGB", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
_NAMES = {
    "1": "two colors",
    "L": "grey",
    "LA": "grey with alpha",
    "P": "a palette",
    "PA": "a palette",
    "RGBA": "RGB with alpha",
}


def pixels_of(image: Image.Image) -> tuple[NDArray[Any], str | None]:
    """An image `(H, W, C)`, C = 1, 2, 3 or 4 (grey or RGB, each with alpha or without), uint8 or uint16.

    And in words what it was, where it had to become RGB or grey for that. A ValueError of what cannot.
    """
    mode = _KEPT.get(image.mode) or _MADE.get(image.mode)
    if image.mode == "CMYK":
        converted = _by_profile(image)
    elif mode is None:
        raise ValueError(f"expected grey, RGB, CMYK or a palette of 8 or 16 bits, got mode {image.mode}")
    else:
        if image.has_transparency_data and mode in ("L", "RGB"):
            mode = {"L": "LA", "RGB": "RGBA"}[mode]
        converted = image if image.mode == mode else image.convert(mode)
    pixels = np.asarray(converted)
    note = None if image.mode in _KEPT else f"{_words(image.mode)} became {_words(converted.mode)}"
    return pixels if pixels.ndim == 3 else pixels[..., None], note


def _words(mode: str) -> str:
    return _NAMES.get(mode, mode)


def image_of_pixels(pixels: NDArray[Any]) -> Image.Image:
    """A Pillow image of `(H, W, C)`, of which 16 bits are grey alone."""
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _by_profile(image: Image.Image) -> Image.Image:
    """sRGB of CMYK, through the profile that the image carries or, where there is none of use, as Pillow has it."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    except (KeyError, ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
