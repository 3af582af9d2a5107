"""scripts/upkeep/domains.py IMAGE RUN/images/BENCHMARK/IMAGE …: input, result and original of images, in rows."""

import sys
from pathlib import Path

from PIL import Image, ImageDraw

NAMES = ("input", "output", "target")
SIDE, LABEL = 192, 16


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folders = [Path(folder) for folder in sys.argv[2:]]
    sheet = Image.new("RGB", (len(NAMES) * SIDE, len(folders) * (SIDE + LABEL)), "white")
    for row, folder in enumerate(folders):
        for column, name in enumerate(NAMES):
            place = (column * SIDE, row * (SIDE + LABEL))
            ImageDraw.Draw(sheet).text(
                (place[0] + 4, place[1] + 2), f"{folder.parts[folder.parts.index('images') + 1]}: {name}", "black"
            )
            picture = Image.open(folder / f"{name}.png").convert("RGB").resize((SIDE, SIDE), Image.Resampling.NEAREST)
            sheet.paste(picture, (place[0], place[1] + LABEL))
    sheet.save(sys.argv[1], quality=90)


if __name__ == "__main__":
    main()
