"""scripts/upkeep/row.py FILE: draw a face, letters and fur ×4 by networks that ship, between bicubic and the original.

Pieces of photographs that come with scikit-image: NASA's astronaut, a page, Stéfan van der Walt's cat (CC0).
"""

import sys

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from sr_experiments import load
from sr_experiments.data.photos import photos
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.images import read_image
from sr_experiments.resize import resize

SIDE, SCALE, LABEL = 160, 4, 16
PIECES = {"astronaut": (40, 150), "text": (10, 40), "chelsea": (60, 150)}
NETWORKS = ("espcn_x4", "fsrcnn_x4", "gan_x4")


def pictures(name: str) -> list[Tensor]:
    """`(3, SIDE, SIDE)` each: by bicubic interpolation, by each network, the original."""
    top, left = PIECES[name]
    high = read_image(photos(names=[name])[0])[:, top : top + SIDE, left : left + SIDE].expand(3, -1, -1).contiguous()
    low = bicubic(high, scale=SCALE)
    return [resize(low, (SIDE, SIDE)), *(load(network)(low) for network in NETWORKS), high]


def main() -> None:
    """Write the picture."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rows = torch.cat([torch.cat(pictures(name), -1) for name in PIECES], -2)
    sheet = Image.new("RGB", (rows.shape[-1], rows.shape[-2] + LABEL), "white")
    sheet.paste(Image.fromarray(rows.permute(1, 2, 0).numpy()), (0, LABEL))
    for place, name in enumerate(("bicubic", *NETWORKS, "original")):
        ImageDraw.Draw(sheet).text((place * SIDE + 4, 2), name, "black")
    sheet.save(sys.argv[1], quality=90)


main()
