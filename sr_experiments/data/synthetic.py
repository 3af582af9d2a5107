"""Images that are drawn, where photographs would say too little: pages of text, and slices of phantoms."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sr_experiments.data.decoded.cache import atomic, cache_root

SIDE = 256
FINER = 4  # phantoms are drawn so many times larger, for smooth edges
LETTERS = "etaoinshrdlcumwfgypbvk"


def documents(*, count: int) -> list[Path]:
    """The files of `count` pages of 256×256: lines of invented words in several sizes, a ruled table below."""
    return _kept("documents", _page, count)


def phantoms(*, count: int) -> list[Path]:
    """The files of `count` slices of 256×256: overlapping ellipses in an outer one, grey on black.

    After Shepp and Logan, "The Fourier reconstruction of a head section", IEEE Transactions on Nuclear Science 1974,
    with places, sizes and greys at random.
    """
    return _kept("phantoms", _slice, count)


def _kept(kind: str, draw: Callable[[np.random.Generator], Image.Image], count: int) -> list[Path]:
    """Files in the cache, each drawn once: what the one of a number shows never depends on `count`."""
    if count < 1:
        raise ValueError(f"{kind}: expected a count of at least 1, got {count}")
    folder = cache_root() / kind
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{kind}_{number:03}.png" for number in range(count)]
    for number, file in enumerate(files):
        if not file.exists():
            with atomic(file) as temporary:
                draw(np.random.Generator(np.random.Philox(key=number))).save(temporary, format="png")
    return files


def _page(random: np.random.Generator) -> Image.Image:
    paper, ink = int(random.integers(225, 256)), int(random.integers(0, 60))
    page = Image.new("RGB", (SIDE, SIDE), (paper, paper, int(random.integers(paper - 20, paper + 1))))
    draw, top = ImageDraw.Draw(page), 8
    while top < SIDE - 60:
        size = int(random.integers(9, 24))
        draw.text((8, top), _line(random), fill=(ink, ink, ink), font=ImageFont.load_default(size))
        top += size + 5
    for row in range(top, SIDE - 8, 16):
        draw.line([(8, row), (SIDE - 8, row)], fill=(ink, ink, ink))
        draw.text((12, row + 2), "   ".join(map(str, random.integers(10, 9999, 6))), fill=(ink, ink, ink))
    return page


def _line(random: np.random.Generator) -> str:
    words = ["".join(random.choice(list(LETTERS), random.integers(2, 9))) for _ in range(8)]
    return " ".join([words[0].capitalize(), *words[1:]])


def _slice(random: np.random.Generator) -> Image.Image:
    side = FINER * SIDE
    image = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(image)
    draw.ellipse([0.1 * side, 0.04 * side, 0.9 * side, 0.96 * side], fill=220)
    draw.ellipse([0.13 * side, 0.07 * side, 0.87 * side, 0.93 * side], fill=int(random.integers(60, 110)))
    for _ in range(int(random.integers(8, 20))):
        middle, half = random.uniform(0.3, 0.7, 2) * side, random.uniform(0.01, 0.12, 2) * side
        draw.ellipse([*(middle - half), *(middle + half)], fill=int(random.integers(20, 240)))
    return image.resize((SIDE, SIDE), Image.Resampling.BOX).convert("RGB")
