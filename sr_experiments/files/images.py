"""Images in and out, losing nothing."""

from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from sr_experiments.color import luma
from sr_experiments.files.elsewhere import HEAD, ImageFile

_LOSSLESS = ("RGB", "L", "P", "1", "RGBA", "LA")


def read_image(path: ImageFile) -> Tensor:
    """An 8-bit image file as uint8 `(3, H, W)`, the way up that its EXIF tag says.

    Grey, two-colored and palette images become three channels, an alpha channel goes where it hides nothing. What
    could not become 8-bit RGB without a loss (16 bits, CMYK, transparency) is a ValueError that names the file.
    """
    return _pixels(path).expand(3, -1, -1).contiguous()


def read_luma(path: ImageFile) -> Tensor:
    """The Y of an image file in whole numbers, uint8 `(1, H, W)`; a grey file is its own. Refuses as `read_image`."""
    pixels = _pixels(path)
    return pixels if len(pixels) == 1 else luma(pixels).byte()


def _pixels(path: ImageFile) -> Tensor:
    """uint8 `(3, H, W)`, or `(1, H, W)` of a grey file."""
    file = readable(path)
    try:
        with Image.open(file) as image:
            _check(image, path)
            upright = ImageOps.exif_transpose(image)
            pixels = np.atleast_3d(np.array(upright.convert("L" if image.mode in ("L", "1", "LA") else "RGB")))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: no image that can be read ({_reason(error)})") from error
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def readable(path: ImageFile, limit: int = -1) -> Path | BytesIO:
    """A file as Pillow takes it: one elsewhere is fetched, or its first bytes."""
    return path if isinstance(path, Path) else BytesIO(path.read(limit))


def header(path: ImageFile) -> Image.Image:
    """An image file of which mode and size are wanted: of one elsewhere the beginning is fetched, if that will do."""
    try:
        return Image.open(readable(path, HEAD))
    except (OSError, SyntaxError):
        return Image.open(readable(path))


def _reason(error: Exception) -> str:
    return "of no kind that Pillow knows" if isinstance(error, UnidentifiedImageError) else str(error)


def _check(image: Image.Image, path: ImageFile) -> None:
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise ValueError(f"{path}: expected a still image, got {getattr(image, 'n_frames', 0)} frames")
    if image.mode not in _LOSSLESS or is_deep(image):
        kind = "more than 8 bits a channel" if is_deep(image) else f"mode {image.mode}"
        raise ValueError(f"{path}: expected an 8-bit RGB or grey image, got {kind}; convert it first")
    if image.has_transparency_data and np.asarray(image.convert("RGBA"))[..., 3].min() < 255:
        raise ValueError(f"{path}: expected an opaque image, parts of this one are transparent; flatten it first")


def is_deep(image: Image.Image) -> bool:
    """Whether it has more than 8 bits a channel; of RGB, Pillow is about to drop the others without a word."""
    tiles = getattr(image, "tile", ())
    return image.mode.startswith("I;16") or any(";16" in str(tile.args) or tile.codec_name == "ppm" for tile in tiles)


def write_image(path: Path, pixels: Tensor) -> None:
    """Write uint8 `(3, H, W)`, or grey `(1, H, W)`, as PNG, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()).save(path)
