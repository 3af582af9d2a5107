"""scripts/upkeep/example.py NAME…: draw example.webp of networks that ship: bicubic, theirs, the original.

Of a piece of a photograph by Stéfan van der Walt (CC0), which comes with scikit-image.
"""

import sys

import torch
from PIL import Image

from sr_experiments import load
from sr_experiments.data.photos import photos
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.images import read_image
from sr_experiments.resize import resize
from sr_experiments.trained import run_folder

SIDE = 192


def draw(name: str) -> None:
    """Put the picture beside the network's record."""
    upscaler = load(name)
    high = read_image(photos(names=["chelsea"])[0])[:, 40 : 40 + SIDE, 140 : 140 + SIDE]
    low = bicubic(high, scale=upscaler.scale)
    shown = torch.cat([resize(low, (SIDE, SIDE)), upscaler(low), high], -1)
    Image.fromarray(shown.permute(1, 2, 0).numpy()).save(run_folder(name) / "example.webp", quality=90)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        draw(name)
