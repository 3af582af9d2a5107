"""JPEG compression."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image
from torch import Tensor

from sr_experiments.degradation.draws import between
from sr_experiments.transfer import to_device


def jpeg(image: Tensor, random: np.random.Generator, size: tuple[int, int], *, quality: Sequence[float]) -> Tensor:
    """Compress each image by libjpeg (through Pillow, on the CPU) at a `quality` of 0 to 100, and decode it again.

    Chroma is halved in both directions (4:2:0). Wang et al., "Real-ESRGAN", ICCVW 2021: quality 30 to 95. A ValueError
    where images are neither RGB nor grey.
    """
    if image.shape[1] not in (1, 3):
        raise ValueError(f"jpeg compresses RGB and grey, not images of {image.shape[1]} channels")
    qualities = np.rint(between(random, quality, len(image))).astype(int).tolist()
    pixels = (255 * image.clamp(0, 1) + 0.5).byte().permute(0, 2, 3, 1).cpu().numpy()
    coded = np.stack([_compress(picture, own) for picture, own in zip(pixels, qualities, strict=True)])
    return to_device(coded, image.device).permute(0, 3, 1, 2).to(image.dtype) / 255


def _compress(pixels: np.ndarray, quality: int) -> np.ndarray:
    file = BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(
        file, "JPEG", quality=quality, subsampling="4:2:0"
    )
    return np.asarray(Image.open(file)).reshape(pixels.shape)
