"""Images in and out, losing nothing."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def read_image(path: Path) -> Tensor:
    """An 8-bit RGB or grey image file as uint8 `(3, H, W)`; grey becomes three equal channels."""
    try:
        with Image.open(path) as image:
            if image.mode not in ("RGB", "L"):
                raise ValueError(
                    f"{path}: expected an 8-bit RGB or grey image, got mode {image.mode}; convert it first"
                )
            pixels = np.array(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: no image that can be read ({error})") from error
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def write_image(path: Path, pixels: Tensor) -> None:
    """Write uint8 `(3, H, W)`, or grey `(1, H, W)`, as PNG, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.expand(3, -1, -1).permute(1, 2, 0).cpu().numpy()).save(path)
