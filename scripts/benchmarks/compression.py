"""Bits per pixel and PSNR of compressive runs beside JPEG and WebP: scripts/bench compression IMAGES RUN…"""

import argparse
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from PIL import Image, ImageDraw
from tqdm import tqdm

from sr_experiments import record
from sr_experiments.data.photos import photos
from sr_experiments.data.sources.files import image_files
from sr_experiments.environment import environment
from sr_experiments.inference.codec import compress, decompress
from sr_experiments.inference.run import load_run
from sr_experiments.model.compressive import Compressive
from sr_experiments.report.table import text_table

QUALITIES = {"JPEG": (5, 10, 20, 30, 50, 70, 90), "WebP": (0, 5, 10, 20, 40, 60, 80, 95)}

FACE, SIDE, LABEL = (150, 40, 310, 200), 320, 16

Codec = Callable[[Image.Image], tuple[int, Image.Image]]


def main() -> None:
    options = argparse.ArgumentParser(prog="scripts/bench compression", description=__doc__)
    options.add_argument("images", help="a folder of photographs")
    options.add_argument("runs", nargs="+", type=Path, help="runs of model=compressive scale=1")
    options.add_argument("--json", type=Path, help="keep the figures here")
    options.add_argument("--html", type=Path, help="draw them here")
    options.add_argument("--picture", type=Path, help="draw here a photograph as the first run codes it, beside others")
    arguments = options.parse_args()
    points = all_points(arguments.images, arguments.runs)
    columns = ("codec", "setting", "seed", "bits_per_pixel", "psnr")
    print(text_table(list(columns), [[str(point[column]) for column in columns] for point in points]))
    if arguments.json:
        found = {"points": points, "environment": environment({})}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    if arguments.html:
        draw(points).write_html(arguments.html)
    if arguments.picture:
        beside(learnt(arguments.runs[0])).save(arguments.picture, quality=95)


def all_points(folder: str, runs: Sequence[Path]) -> list[record.Record]:
    """What each codec makes of the images at each of its settings, from few bits to many."""
    images = [Image.open(file).convert("RGB") for file in image_files(folder)]  # pyright: ignore[reportArgumentType]
    codecs = [(about(kind, quality), plain(kind, quality)) for kind in QUALITIES for quality in QUALITIES[kind]]
    codecs += [(about_run(run), learnt(run)) for run in runs]
    points = [named | measured(codec, images) for named, codec in tqdm(codecs, delay=2)]
    return sorted(points, key=lambda point: (point["codec"], point["bits_per_pixel"]))


def about(codec: str, setting: Any, seed: Any = "") -> record.Record:
    return {"codec": codec, "setting": setting, "seed": seed}


def about_run(folder: Path) -> record.Record:
    """What a bit was worth to a run, and its seed."""
    config = record.read(folder)["config"]
    return about("learnt", config["loss"]["rate"]["weight"], config["seed"])


def plain(kind: str, quality: int) -> Codec:
    """What Pillow makes of an image: how many bytes, and what comes back."""

    def run(image: Image.Image) -> tuple[int, Image.Image]:
        image.save(buffer := io.BytesIO(), kind, quality=quality)
        return buffer.tell(), Image.open(buffer).convert("RGB")

    return run


def learnt(folder: Path) -> Codec:
    """The same of a run's network."""
    network = load_run(folder).network.module
    assert isinstance(network, Compressive), f"{folder}: no run of model=compressive"

    def run(image: Image.Image) -> tuple[int, Image.Image]:
        content = compress(network, torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255)
        back = (255 * decompress(network, content)).round().clamp(0, 255).byte()
        return len(content), Image.fromarray(back.permute(1, 2, 0).numpy())

    return run


def measured(codec: Codec, images: Sequence[Image.Image]) -> record.Record:
    """Means over images: bits per pixel of whole files, and PSNR of the three channels."""
    results = [(image, *codec(image)) for image in images]
    bits = fmean(bits_per_pixel(image, size) for image, size, _ in results)
    psnr = fmean(decibels(image, back) for image, _, back in results)
    return {"bits_per_pixel": round(bits, 4), "psnr": round(psnr, 3)}


def bits_per_pixel(image: Image.Image, size: int) -> float:
    return 8 * size / (image.width * image.height)


def decibels(image: Image.Image, back: Image.Image) -> float:
    return float(10 * np.log10(255**2 / np.square(np.asarray(image, float) - np.asarray(back)).mean()))


def beside(codec: Codec) -> Image.Image:
    """The astronaut's face, and what a codec makes of her photograph, and the others from no more bytes, enlarged."""
    image = Image.open(photos(names=["astronaut"])[0]).convert("RGB")
    size, back = codec(image)
    found = {"original": (0, image), "learnt": (size, back)}
    found |= {kind: most(kind, image, size) for kind in QUALITIES}
    sheet = Image.new("RGB", (len(found) * SIDE, SIDE + LABEL), "white")
    for place, (name, (size, back)) in enumerate(found.items()):
        said = f": {bits_per_pixel(image, size):.2f} bpp, {decibels(image, back):.1f} dB" if size else ""
        ImageDraw.Draw(sheet).text((place * SIDE + 4, 2), name + said, "black")
        sheet.paste(back.crop(FACE).resize((SIDE, SIDE), Image.Resampling.NEAREST), (place * SIDE, LABEL))
    return sheet


def most(kind: str, image: Image.Image, size: int) -> tuple[int, Image.Image]:
    """The best that a codec makes of an image in so many bytes."""
    made = (plain(kind, quality)(image) for quality in range(96))
    return max((each for each in made if each[0] <= size), key=lambda each: each[0])


def draw(points: Sequence[record.Record]) -> go.Figure:
    """PSNR against bits per pixel."""
    figure = go.Figure(
        layout={
            "xaxis_title": "bits per pixel",
            "yaxis_title": "PSNR of RGB, dB",
            "template": "simple_white",
            "width": 720,
            "height": 420,
            "margin_t": 20,
        }
    )
    for codec in dict.fromkeys(point["codec"] for point in points):
        own = [point for point in points if point["codec"] == codec]
        figure.add_scatter(
            x=[p["bits_per_pixel"] for p in own], y=[p["psnr"] for p in own], name=codec, mode="lines+markers"
        )
    return figure


main()
