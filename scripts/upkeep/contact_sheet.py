"""Every degradation to train with on a piece of a photograph: `python scripts/upkeep/contact_sheet.py IMAGE`.

Low-resolution images at a third of the size, enlarged by the nearest; the last row shows draws of real_esrgan.
"""

import sys
from collections.abc import Iterator

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from PIL import Image, ImageDraw
from torch import Tensor

from sr_experiments.config import build, config_dir, resolve
from sr_experiments.data.photos import photos
from sr_experiments.data.unstored import READERS
from sr_experiments.files.images import read_image

SIDE, SCALE, COLUMNS, LABEL = 192, 3, 4, 16


def tiles() -> Iterator[tuple[str, Tensor]]:
    """A name and an image `(3, SIDE, SIDE)` for each place of the sheet."""
    high = read_image(photos(names=["chelsea"])[0])[:, 30 : 30 + SIDE, 120 : 120 + SIDE]
    names = sorted({path.stem for path in (config_dir() / "degradation").glob("*.yaml")} - {*READERS, "real_esrgan"})
    yield "high resolution", high
    for name in names:
        yield name, enlarged(degradation(name)(high))
    draws = degradation("real_esrgan").batch(high.repeat(COLUMNS**2, 1, 1, 1), np.random.default_rng(0))
    for low in draws[::COLUMNS]:
        yield "real_esrgan", enlarged(low)


def degradation(name: str):
    """A degradation of conf/degradation."""
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        return build(resolve(compose("train", [f"degradation={name}", f"scale={SCALE}"])), "degradation")


def enlarged(low: Tensor) -> Tensor:
    """Each pixel as a square."""
    return low.repeat_interleave(SCALE, -1).repeat_interleave(SCALE, -2)


def main() -> None:
    """Write the sheet."""
    shown = list(tiles())
    sheet = Image.new("RGB", (COLUMNS * SIDE, -(-len(shown) // COLUMNS) * (SIDE + LABEL)), "white")
    for number, (name, tile) in enumerate(shown):
        place = (number % COLUMNS * SIDE, number // COLUMNS * (SIDE + LABEL))
        ImageDraw.Draw(sheet).text((place[0] + 4, place[1] + 2), name, "black")
        sheet.paste(Image.fromarray(torch.movedim(tile, 0, -1).numpy()), (place[0], place[1] + LABEL))
    sheet.save(sys.argv[1], quality=90)


if __name__ == "__main__":
    main()
