"""Attribution as a picture."""

from PIL import Image, ImageDraw
from torch import Tensor

from sr_experiments.color import display_channels
from sr_experiments.legible import legible

ZOOM = 4


def reach(weight: Tensor) -> list[int]:
    """Width and height of the box that holds all but a thousandth of what contributed."""
    rows, columns = (weight.sum(dim) / weight.sum().clamp(min=1e-12) for dim in (1, 0))
    return [int((each > 1e-3 / len(each)).sum()) for each in (columns, rows)]


def row(seen: Tensor, weight: Tensor, high: Tensor, box: list[int], caption: str) -> Image.Image:
    """What was given with the piece marked, what contributed, what was made; each as large as the other two."""
    size = (ZOOM * seen.shape[-1], ZOOM * seen.shape[-2])
    given = _picture(seen.float() / 255).resize(size, Image.Resampling.NEAREST)
    ImageDraw.Draw(given).rectangle([ZOOM * each for each in box], outline=(255, 0, 0), width=2)
    strength = (weight / weight.max().clamp(min=1e-12)).sqrt()
    grey = (seen.float().mean(0) / 255 * 0.5 + 0.5).expand(3, -1, -1).clone()
    grey[1:] *= 1 - strength
    contributed = _picture(grey).resize(size, Image.Resampling.NEAREST)
    row = Image.new("RGB", (3 * size[0] + 16, size[1] + 24), "white")
    for place, picture in enumerate((given, contributed, _picture(high).resize(size, Image.Resampling.NEAREST))):
        row.paste(picture, (place * (size[0] + 8), 0))
    ImageDraw.Draw(row).text((4, size[1] + 6), legible(caption).replace("×", "x"), fill="black")
    return row


def _picture(pixels: Tensor) -> Image.Image:
    eight = (255 * display_channels(pixels).clamp(0, 1)).round().byte().expand(3, -1, -1)
    return Image.fromarray(eight.permute(1, 2, 0).numpy())


def stack_rows(rows: list[Image.Image]) -> Image.Image:
    """One picture of several, one below the other."""
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    for number, row in enumerate(rows):
        sheet.paste(row, (0, sum(above.height for above in rows[:number])))
    return sheet
