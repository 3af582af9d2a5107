"""A picture of 12,000×9,000 pixels made 48,000×36,000 by sr-upscale: its time, and the memory at its peak."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import tifffile  # pyright: ignore
import torch
from PIL import Image

from sr_experiments.data.photos import photos
from sr_experiments.environment import environment

HEIGHT, WIDTH = 9_000, 12_000
WAYS = {"TIFF (zlib) to BigTIFF": (".tif", ".tif"), "JPEG to PNG": (".jpg", ".png")}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench large", description=__doc__)
    parser.add_argument("--run", default="espcn_x4", metavar="NAME_OR_RUN", help="the network (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    found = {}
    for way, (given, made) in WAYS.items():
        with tempfile.TemporaryDirectory() as folder:
            low, high = Path(folder, f"low{given}"), Path(folder, f"high{made}")
            write(low)
            found[way] = {**upscaled(low, high, options.run), "gigabytes": high.stat().st_size / 1e9}
        print(f"{way}: " + ", ".join(f"{value:.1f} {name}" for name, value in found[way].items()), flush=True)
    if options.json:
        facts = {"benchmark": __doc__, "run": options.run, "threads": torch.get_num_threads(), "ways": found}
        facts |= {part: environment({})[part] for part in ("machine", "versions")}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")


def write(path: Path) -> None:
    """A photograph side by side with itself, as often as it takes."""
    photo = np.asarray(Image.open(photos(names=["coffee"])[0]).convert("RGB"))
    times = -(-HEIGHT // photo.shape[0]), -(-WIDTH // photo.shape[1])
    pixels = np.tile(photo, (*times, 1))[:HEIGHT, :WIDTH]
    if path.suffix == ".tif":
        tifffile.imwrite(path, pixels, compression="zlib", rowsperstrip=64)
    else:
        Image.fromarray(pixels).save(path, quality=95)


def upscaled(low: Path, high: Path, run: str) -> dict[str, Any]:
    """What enlarging a file takes, in a process of its own."""
    began = time.perf_counter()
    arguments = (str(low), "--output", str(high), "--run", run)
    process = subprocess.Popen([sys.executable, "-m", "sr_experiments.upscale", *arguments])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit("sr-upscale failed")
    seconds = used.ru_utime + used.ru_stime
    return {"MiB": used.ru_maxrss / 1024, "CPU seconds": seconds, "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    main()
