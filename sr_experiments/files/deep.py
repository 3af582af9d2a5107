"""Images of 16 bits a channel, and of any channels that a reader of one's own gives."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from sr_experiments.files.elsewhere import Elsewhere, ImageFile, WithReader
from sr_experiments.files.images import ImageError, check_still, is_deep, open_image, read_image
from sr_experiments.files.metadata import orientation

_UPRIGHT = {1: (0, 1), 2: (0, -1), 3: (2, 1), 4: (2, -1), 5: (1, -1), 6: (3, 1), 7: (3, -1), 8: (1, 1)}  # EXIF's
_GREY_IS_WHITE, _GREY, _RGB = range(3)  # TIFF's PhotometricInterpretation


def read_deep(path: ImageFile) -> Tensor:
    """An image file `(3, H, W)`: uint16 a PNG or TIFF of 16 bits a channel, uint8 one of 8 bits, see `read_image`.

    The way up that its EXIF tag says. Pillow drops the lower bits of color: PNGs are read by imagecodecs (an extra,
    `deep`), TIFFs by tifffile. A file with a reader of its own `(C, H, W)`: uint8 as it is, else uint16, of which 65535
    is the reader's 1.0. An ImageError names a file that can't be read, or not without a loss.
    """
    if isinstance(path, WithReader):
        return _read_by(path)
    with open_image(path) as image:
        pixels = decode_deep(image, path) if is_deep(image) else None
    if pixels is None:
        return read_image(path)
    if not 1 <= pixels.shape[-1] <= 4 or pixels.dtype != np.uint16:
        raise ImageError(path, f"expected opaque RGB or grey, got {pixels.shape[-1]} channels of {pixels.dtype}")
    colors = 3 if pixels.shape[-1] > 2 else 1
    if (pixels[..., colors:] < 65535).any():
        raise ImageError(path, f"expected opaque RGB or grey, got {pixels.shape[-1]} channels of {pixels.dtype}")
    return torch.from_numpy(np.ascontiguousarray(pixels[..., :colors])).permute(2, 0, 1).expand(3, -1, -1).contiguous()


def _read_by(path: WithReader) -> Tensor:
    try:
        image = path.read()
    except ImageError:
        raise
    except Exception as error:  # readers of broken files raise anything
        raise ImageError(path, f"its reader failed ({error or type(error).__name__})") from error
    if not isinstance(image, Tensor) or image.dim() != 3 or not image.numel():
        given = getattr(image, "shape", image)
        raise ImageError(path, f"expected its reader to give a tensor (C, H, W), got {given!r}")
    if image.dtype in (torch.uint8, torch.uint16):
        return image.contiguous()
    if not image.is_floating_point() or not bool(((image >= 0) & (image <= 1)).all()):
        kind = f"{image.dtype} of {float(image.min()):g} to {float(image.max()):g}"
        raise ImageError(path, f"expected its reader to give uint8, uint16, or floats of 0 to 1, got {kind}")
    return (image.double() * 65535).round().to(torch.uint16).contiguous()


def decode_deep(image: Image.Image, path: Path | Elsewhere) -> NDArray[Any]:
    """The channels of a file of 16 bits `(H, W, channels)`, upright; an ImageError of what can't be read so."""
    check_still(image, path)
    if "transparency" in image.info:
        raise ImageError(path, "expected an opaque image, one color of this one is transparent; flatten it first")
    content = path.read_bytes() if isinstance(path, Path) else path.read()
    pixels = np.atleast_3d(_png(content, path) if image.format == "PNG" else _tiff(content, path))
    return turn_upright(pixels, orientation(image))


def turn_upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """`(H, W, C)` turned and mirrored as EXIF's number asks for."""
    quarters, step = _UPRIGHT.get(orientation, (0, 1))
    return np.rot90(pixels[:, ::step], quarters)


def _png(content: bytes, path: ImageFile) -> NDArray[Any]:
    try:
        import imagecodecs
    except ImportError:
        message = 'of 16 bits a channel: pip install "sr_experiments[deep]" reads such PNGs'
        raise ImageError(path, message) from None
    return imagecodecs.png_decode(content)


def _tiff(content: bytes, path: ImageFile) -> NDArray[Any]:
    with tifffile.TiffFile(BytesIO(content)) as file:
        page: Any = file.pages[0]
        if page.axes not in ("YX", "YXS", "SYX") or page.photometric not in (_GREY_IS_WHITE, _GREY, _RGB):
            raise ImageError(path, f"expected RGB or grey, got a TIFF of {page.photometric.name}, axes {page.axes}")
        pixels = page.asarray()
    pixels = np.moveaxis(pixels, 0, -1) if page.axes == "SYX" else pixels
    return np.bitwise_not(pixels) if page.photometric == _GREY_IS_WHITE else pixels
