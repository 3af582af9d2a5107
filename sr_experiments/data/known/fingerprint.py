"""What a picture looks like in 64 bits, whatever its size, encoding and small changes."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn
from torch import Tensor

from sr_experiments.color import display_channels
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import ImageFile, WithReader
from sr_experiments.files.images import is_deep, open_image

THUMBNAIL = 128
SIDE = 32


def thumbnail(path: ImageFile) -> Image.Image:
    """A picture in grey, its longer side at most 128 pixels; a ValueError where it can't be read."""
    if isinstance(path, WithReader):
        image = _as_picture(read_deep(path)).convert("L")
        image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
        return image
    with open_image(path) as image:
        if is_deep(image):
            image = _as_picture(read_deep(path))
        image.draft("L", (THUMBNAIL, THUMBNAIL))
        image = image.convert("L")
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return image


def _as_picture(pixels: Tensor) -> Image.Image:
    eight = pixels if pixels.dtype == torch.uint8 else (pixels.int() // 257).byte()
    return Image.fromarray(display_channels(eight).expand(3, -1, -1).permute(1, 2, 0).numpy())


def squares(image: Image.Image, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The parts of a thumbnail within `boxes` (N, left top right bottom, as shares of its sides): (N, 32, 32)."""
    corners = boxes * [image.width, image.height, image.width, image.height]
    parts = [image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=tuple(box)) for box in corners]
    return np.stack([np.asarray(part, np.float64) for part in parts])


def orientations(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """A square under the eight flips and quarter turns: (8, 32, 32)."""
    turned = [np.rot90(square, quarter) for quarter in range(4)]
    return np.stack([*turned, *(np.fliplr(image) for image in turned)])


def hashes(images: NDArray[np.float64]) -> NDArray[np.uint64]:
    """64 bits of each square (N, 32, 32): the signs of its low-frequency cosine transform, constant left out.

    Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010 (pHash).
    """
    frequencies = np.asarray(dctn(images, axes=(1, 2)))
    bits = frequencies[:, 1:9, 1:9].reshape(len(images), 64) > 0
    return np.packbits(bits, axis=1).view(np.uint64)[:, 0]


def picture_hash(path: Path) -> str:
    """The hash of a whole picture, 16 hexadecimal digits."""
    whole = squares(thumbnail(path), np.array([[0.0, 0.0, 1.0, 1.0]]))
    return hashes(whole).tobytes().hex()


def hash_distance(one: str, other: str) -> int:
    """How many of 64 bits differ: about 32 between two pictures, a few between two encodings of one."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
