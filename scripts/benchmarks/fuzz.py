"""Mutated images and lists, 10,000 of a seed: each is read, or refused by a ValueError that names it."""

import argparse
import tempfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from sr_experiments.data.fingerprint import thumbnail
from sr_experiments.data.sources import image_files
from sr_experiments.files.deep import read_deep
from sr_experiments.files.formats import READ
from sr_experiments.files.images import read_image

LINES = ["a.png", '"a.png"', ".\\a.png", "a.png (8,8,3)", "# a", "nowhere.png", "~x", "b\0", "é"]


def seeds(random: np.random.Generator) -> list[tuple[str, bytes]]:
    """A small image of every kind that is read, and TIFFs of 16 bits."""
    pixels = random.integers(0, 256, (24, 30, 3), dtype=np.uint8)
    found = []
    for suffix, kind in READ.items():
        file = BytesIO()
        if kind != "QOI":
            Image.fromarray(pixels).convert("1" if suffix == ".pbm" else "RGB").save(file, kind)
            found.append((f"a{suffix}", file.getvalue()))
    for planar in (False, True):
        file = BytesIO()
        deep = 257 * pixels.astype(np.uint16)
        layout = {"planarconfig": "separate"} if planar else {}
        tifffile.imwrite(file, np.moveaxis(deep, -1, 0) if planar else deep, photometric="rgb", **layout)  # pyright: ignore
        found.append(("a.tif", file.getvalue()))
    return found


def mutated(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes are others, cut out, or twice; half of the changes fall into the first 128."""
    changed = bytearray(content)
    for _ in range(random.integers(1, 9)):
        place = int(random.integers(0, min(len(changed), 128 if random.random() < 0.5 else len(changed)) or 1))
        match random.integers(4):
            case 0:
                changed[place : place + 1] = random.bytes(1)
            case 1:
                changed[place : place + 4] = random.choice([b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"])
            case 2:
                del changed[place : place + int(random.integers(1, 64))]
            case _:
                changed[place:place] = changed[place : place + int(random.integers(1, 64))]
    return bytes(changed)


def outcome(read, path: Path) -> str:
    try:
        read(path)
    except ValueError as error:
        return "refused" if str(path) in str(error) else f"does not name its file: {error!r}"
    except Exception as error:  # what is looked for
        return f"{type(error).__name__}: {error}"
    return "read"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    random = np.random.default_rng(arguments.seed)
    originals, counts = seeds(random), Counter[str]()
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "lists" / "inner"  # a line may become `..`
        folder.mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(folder / "a.png")
        for number in range(arguments.count):
            if number % 5 == 4:
                name, readers = "list.txt", (image_files,)
                content = mutated("\n".join(random.choice(LINES, 3)).encode(), random)
            else:
                name, content = originals[random.integers(len(originals))]
                name, readers = f"mutated{Path(name).suffix}", (read_image, read_deep, thumbnail)
                content = mutated(content, random)
            path = folder / name
            path.write_bytes(content)
            for read in readers:
                counts[f"{'list' if name == 'list.txt' else 'image'} {outcome(read, path)}"] += 1
    for what, times in counts.most_common():
        print(f"{times:>7} {what}")
    if wrong := sum(times for what, times in counts.items() if what.split(" ", 1)[1] not in ("read", "refused")):
        raise SystemExit(f"missed: {wrong} neither read nor refused by name")


main()
