"""Explanations as pictures: panels with a title each, rows of them, a caption below."""

from math import log10
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn.functional import interpolate

from sr_experiments.color import display_channels
from sr_experiments.explaining.spectrum import Spectrum
from sr_experiments.explaining.uncertainty import Calibration
from sr_experiments.legible import legible

SIDE, GAP, LINE, COLUMNS = 256, 8, 18, 4
RED, BLUE, INK = (200, 30, 30), (30, 90, 200), (40, 40, 40)

Panel = tuple[str, Image.Image]


def photograph(pixels: Tensor, box: list[float] | None = None) -> Image.Image:
    """An image `(C, H, W)` of [0, 1], with a box (left, top, right, bottom) in shares of its sides marked."""
    eight = (255 * display_channels(pixels).clamp(0, 1)).round().byte().expand(3, -1, -1)
    picture = _fitted(Image.fromarray(eight.permute(1, 2, 0).contiguous().numpy()))
    if box:
        width, height = picture.size
        ImageDraw.Draw(picture).rectangle(
            [share * (side - 1) for share, side in zip(box, 2 * (width, height), strict=True)],
            outline=(255, 0, 0),
            width=2,
        )
    return picture


def heat(weights: Tensor, below: Tensor | None = None) -> Image.Image:
    """Weights `(H, W)` of 0 or more in red, the square root of their share of the largest; on a pale grey image."""
    strength = (weights / weights.max().clamp(min=1e-12)).clamp(min=0).sqrt()
    pale = weights.new_ones(weights.shape) if below is None else below.float().mean(0) * 0.5 + 0.5
    red = pale.expand(3, -1, -1).clone()
    red[1:] *= 1 - strength
    return photograph(red)


def tiled(maps: Tensor, across: int = 4) -> Image.Image:
    """The first 16 of maps `(N, H, W)`, each from its least (black) to its largest value (white)."""
    some = maps[: across**2].float()
    low, high = some.amin((1, 2), keepdim=True), some.amax((1, 2), keepdim=True)
    grey = (some - low) / (high - low).clamp(min=1e-12)
    side = SIDE // across - 2
    grey = interpolate(grey[None], (side, side))[0]
    sheet = Image.new("RGB", (SIDE, SIDE), "white")
    for number, one in enumerate(grey):
        tile = Image.fromarray((255 * one).byte().numpy()).convert("RGB")
        sheet.paste(tile, (number % across * (side + 2), number // across * (side + 2)))
    return sheet


def spectra(found: Spectrum) -> Image.Image:
    """The power of the original (blue) and of the error (red) over frequency, in decibels from the largest."""
    sheet = Image.new("RGB", (SIDE, SIDE), "white")
    draw, largest = ImageDraw.Draw(sheet), max(*found.original, 1e-30)
    floor, bottom, left = -80, SIDE - 22, 26
    for level in range(0, floor - 1, -20):
        y = bottom * level / floor
        draw.line([(left, y), (SIDE, y)], fill=(225, 225, 225))
        draw.text((0, max(0, y - 7)), str(level), fill=INK, font=_font(11))
    for tenths in range(6):
        x = left + (SIDE - left - 14) * tenths / 5
        draw.text((x - 6, bottom + 4), f"0.{tenths}", fill=INK, font=_font(11))
    for powers, color in ((found.original, BLUE), (found.error, RED)):
        levels = [(10 * _log10(power / largest), f) for power, f in zip(powers, found.frequency, strict=True)]
        places = [(left + (SIDE - left - 14) * f / 0.5, bottom * max(level, floor) / floor) for level, f in levels]
        draw.line(places, fill=color, width=2)
    edge = left + (SIDE - left - 14) * found.followed / 0.5
    draw.line([(edge, 0), (edge, bottom)], fill=INK)
    return sheet


def reliability(found: Calibration) -> Image.Image:
    """The share of values that intervals hold over the share that they promise (red); promises kept (grey)."""
    sheet = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(sheet)
    draw.line([(0, SIDE), (SIDE, 0)], fill=(190, 190, 190))
    draw.line([(SIDE * promised, SIDE * (1 - held)) for promised, held in found.reliability], fill=RED, width=2)
    draw.rectangle([0, 0, SIDE - 1, SIDE - 1], outline=(190, 190, 190))
    return sheet


def _log10(value: float) -> float:
    return log10(max(value, 1e-30))


def sheet(panels: list[Panel], caption: str) -> Image.Image:
    """Panels in rows of four, each below its title, and the caption below all."""
    width = COLUMNS * SIDE + (COLUMNS + 1) * GAP
    rows = -(-len(panels) // COLUMNS)
    lines = wrap(legible(caption).replace("×", "x"), width // 7)  # the font has no ×
    picture = Image.new("RGB", (width, rows * (SIDE + LINE + GAP) + GAP + LINE * len(lines)), "white")
    draw = ImageDraw.Draw(picture)
    for number, (title, panel) in enumerate(panels):
        x = GAP + number % COLUMNS * (SIDE + GAP)
        y = number // COLUMNS * (SIDE + LINE + GAP) + GAP
        draw.text((x, y), title, fill=INK, font=_font(13))
        picture.paste(panel, (x, y + LINE))
    for number, line in enumerate(lines):
        draw.text((GAP, picture.height - LINE * (len(lines) - number)), line, fill=INK, font=_font(13))
    return picture


def stack(rows: list[Image.Image]) -> Image.Image:
    """One picture of several, one below the other."""
    whole = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    for number, row in enumerate(rows):
        whole.paste(row, (0, sum(above.height for above in rows[:number])))
    return whole


def _fitted(picture: Image.Image) -> Image.Image:
    """As large as a panel is, its pixels as they are."""
    share = SIDE / max(picture.size)
    size = tuple(max(1, round(share * side)) for side in picture.size)
    return picture.resize(size, Image.Resampling.NEAREST)  # pyright: ignore[reportArgumentType]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
