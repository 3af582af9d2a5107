"""Images in and out, losing nothing."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile
from torch import Tensor

from sr_experiments.color import luma
from sr_experiments.files.elsewhere import HEAD, ImageFile, bare
from sr_experiments.files.formats import FORMATS, bits

MAX_PIXELS = 178_956_970  # as Pillow has it
_LOSSLESS = ("RGB", "L", "P", "1", "RGBA", "LA", "PA")
_DEEP = ("PNG", "TIFF")
_REDUCED = 254  # TIFF's tag NewSubfileType, of which bit 0 says that a page is a smaller copy of another

warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # the limit is ours to choose
warnings.filterwarnings("ignore", category=UserWarning, module="PIL")  # of files that are read all the same


class ImageError(ValueError):
    """An image file that can't be used; the message names it."""

    def __init__(self, path: ImageFile, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def read_image(path: ImageFile) -> Tensor:
    """An 8-bit image file as uint8 `(3, H, W)`, the way up that its EXIF tag says.

    Grey, two-colored and palette images become three channels, an alpha channel goes where it hides nothing. What
    could not become 8-bit RGB without a loss (16 bits, CMYK, transparency) is an ImageError.
    """
    return _pixels(path).expand(3, -1, -1).contiguous()


def read_luma(path: ImageFile) -> Tensor:
    """The Y of an image file in whole numbers, uint8 `(1, H, W)`; a grey file is its own. Refuses as `read_image`."""
    pixels = _pixels(path)
    return pixels if len(pixels) == 1 else luma(pixels).byte()


def _pixels(path: ImageFile) -> Tensor:
    """uint8 `(3, H, W)`, or `(1, H, W)` of a grey file."""
    with open_image(path) as image:
        _check(image, path)
        upright = ImageOps.exif_transpose(image)
        pixels = np.atleast_3d(np.array(upright.convert("L" if image.mode in ("L", "1", "LA") else "RGB")))
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


@contextmanager
def open_image(path: ImageFile, limit: int = -1) -> Iterator[Image.Image]:
    """An image file of a kind that is read, not decoded yet; whatever goes wrong with it, then too, is an ImageError.

    Of one elsewhere no more than `limit` bytes are fetched.
    """
    path = bare(path)
    file = path if isinstance(path, Path) else BytesIO(path.read(limit))
    most = max_pixels()
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or most, most)
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > most:
                raise Image.DecompressionBombError
            yield image
    except ImageError:
        raise
    except Exception as error:  # decoders of broken files raise anything
        raise ImageError(path, f"no image that can be read ({_reason(error)})") from error


def max_pixels() -> int:
    """How many pixels an image may have: `SR_MAX_PIXELS`, which `data.max_pixels` sets."""
    given = os.environ.get("SR_MAX_PIXELS", str(MAX_PIXELS))
    try:
        return int(float(given))
    except (ValueError, OverflowError):
        raise ValueError(f"expected a number of pixels in data.max_pixels, or SR_MAX_PIXELS, got {given!r}") from None


def size_and_depth(path: ImageFile) -> tuple[int, bool]:
    """How many pixels an image has, and whether it is deep; of one elsewhere the beginning is read, if that will do."""
    try:
        with open_image(path, HEAD) as image:
            return image.width * image.height, is_deep(image)
    except ImageError:
        with open_image(path) as image:
            return image.width * image.height, is_deep(image)


def is_deep(image: Image.Image) -> bool:
    """Whether an opened file has 16 bits a channel and is of a kind of which these are read."""
    return image.format in _DEEP and bits(image) == 16


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"of none of the kinds that are read: {', '.join(FORMATS)}"
    if isinstance(error, FileNotFoundError):
        return "nothing lies there, or a link leads nowhere"
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {max_pixels():,} pixels; data.max_pixels, or SR_MAX_PIXELS, lets larger images in"
    return str(error) or type(error).__name__


def check_still(image: Image.Image, path: ImageFile) -> None:
    """Refuse moving pictures, and TIFFs of several pages, but for smaller copies of the first."""
    pages = range(1 if image.format == "MPO" else getattr(image, "n_frames", 1))  # an MPO's others are not shown
    if isinstance(image, TiffImageFile) and len(pages) > 1:
        pages = [page for page in pages if not _is_reduced(image, page)]
        image.seek(0)
    if list(pages) != [0]:
        raise ImageError(path, f"expected a still image, got {len(pages)} frames")


def _is_reduced(image: TiffImageFile, page: int) -> bool:
    image.seek(page)
    return bool(image.tag_v2.get(_REDUCED, 0) & 1)


def _check(image: Image.Image, path: ImageFile) -> None:
    check_still(image, path)
    if image.mode not in _LOSSLESS or bits(image) > 8:
        kind = f"{bits(image)} bits a channel" if bits(image) > 8 else f"mode {image.mode}"
        raise ImageError(path, f"expected an 8-bit RGB or grey image, got {kind}; convert it first")
    if image.has_transparency_data and np.asarray(image.convert("RGBA"))[..., 3].min() < 255:
        raise ImageError(path, "expected an opaque image, parts of this one are transparent; flatten it first")


def write_image(path: Path, pixels: Tensor) -> None:
    """Write uint8 `(3, H, W)`, or grey `(1, H, W)`, as PNG, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()).save(path)
