"""Images of 16 bits a channel."""

from io import BytesIO

import numpy as np
import tifffile
import torch
from PIL import Image
from torch import Tensor

from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import is_deep, read_image, readable

_FORMATS = ("PNG", "TIFF")
_UPRIGHT = 1
_ORIENTATION = 0x0112


def read_deep(path: ImageFile) -> Tensor:
    """An image file as uint16 `(3, H, W)`: a PNG or TIFF of 16 bits a channel as it is, one of 8 bits times 257.

    Pillow drops the lower bits of color: PNGs are read by imagecodecs (an extra, `deep`), TIFFs by tifffile. A
    ValueError names a file that can't be read, or not without a loss.
    """
    file = readable(path)
    try:
        with Image.open(file) as image:
            if not is_deep(image):
                return (257 * read_image(path).int()).to(torch.uint16)
            if image.format not in _FORMATS or image.getexif().get(_ORIENTATION, _UPRIGHT) != _UPRIGHT:
                raise ValueError(f"{path}: of more than 8 bits a channel are read PNG and TIFF, not turned by EXIF")
            kind = str(image.format)
        pixels = np.atleast_3d(_DECODERS[kind](file.getvalue() if isinstance(file, BytesIO) else file.read_bytes()))
    except ImportError:
        raise ValueError(f'{path}: of 16 bits a channel: pip install "sr_experiments[deep]" reads such PNGs') from None
    except (OSError, SyntaxError, RuntimeError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: no image that can be read ({error})") from error
    colors, alpha = pixels[..., : 3 if pixels.shape[-1] > 2 else 1], pixels[..., 3 if pixels.shape[-1] > 2 else 1 :]
    if pixels.dtype != np.uint16 or pixels.shape[-1] > 4 or (alpha.size and alpha.min() < 65535):
        raise ValueError(f"{path}: expected opaque RGB or grey, got {pixels.shape[-1]} channels of {pixels.dtype}")
    return torch.from_numpy(np.ascontiguousarray(colors)).permute(2, 0, 1).expand(3, -1, -1).contiguous()


def _png(content: bytes) -> np.ndarray:
    import imagecodecs

    return imagecodecs.png_decode(content)


_DECODERS = {"PNG": _png, "TIFF": lambda content: tifffile.imread(BytesIO(content))}
