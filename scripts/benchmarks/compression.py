"""Bits per pixel and PSNR of compressive runs beside JPEG and WebP: scripts/bench compression IMAGES RUN…"""

import argparse
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np
import plotly.graph_objects as go
import torch
from PIL import Image
from tqdm import tqdm

from sr_experiments import record
from sr_experiments.data.sources.files import image_files
from sr_experiments.environment import environment
from sr_experiments.inference.codec import compress, decompress
from sr_experiments.inference.run import load_run
from sr_experiments.model.compressive import Compressive
from sr_experiments.report.table import text_table

QUALITIES = {"JPEG": (5, 10, 20, 30, 50, 70, 90), "WebP": (0, 5, 10, 20, 40, 60, 80, 95)}

Codec = Callable[[Image.Image], tuple[int, Image.Image]]


def main() -> None:
    options = argparse.ArgumentParser(prog="scripts/bench compression", description=__doc__)
    options.add_argument("images", help="a folder of photographs")
    options.add_argument("runs", nargs="+", type=Path, help="runs of model=compressive scale=1")
    options.add_argument("--json", type=Path, help="keep the figures here")
    options.add_argument("--html", type=Path, help="draw them here")
    arguments = options.parse_args()
    points = all_points(arguments.images, arguments.runs)
    columns = ("codec", "setting", "bits_per_pixel", "psnr")
    print(text_table(list(columns), [[str(point[column]) for column in columns] for point in points]))
    if arguments.json:
        found = {"points": points, "environment": environment({})}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    if arguments.html:
        draw(points).write_html(arguments.html)


def all_points(folder: str, runs: Sequence[Path]) -> list[record.Record]:
    """What each codec makes of the images at each of its settings, from few bits to many."""
    images = [Image.open(file).convert("RGB") for file in image_files(folder)]  # pyright: ignore[reportArgumentType]
    codecs = {(kind, str(quality)): plain(kind, quality) for kind in QUALITIES for quality in QUALITIES[kind]}
    codecs |= {("learnt", weight(run)): learnt(run) for run in runs}
    points = [measured(*named, codec, images) for named, codec in tqdm(codecs.items(), delay=2)]
    return sorted(points, key=lambda point: (point["codec"], point["bits_per_pixel"]))


def weight(folder: Path) -> str:
    """What a bit was worth to a run."""
    return str(record.read(folder)["config"]["loss"]["rate"]["weight"])


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


def measured(kind: str, setting: str, codec: Codec, images: Sequence[Image.Image]) -> record.Record:
    """Means over images: bits per pixel of whole files, and PSNR of the three channels."""
    results = [(image, *codec(image)) for image in images]
    bits = fmean(8 * size / (image.width * image.height) for image, size, _ in results)
    psnr = fmean(decibels(np.asarray(image), np.asarray(back)) for image, _, back in results)
    return {"codec": kind, "setting": setting, "bits_per_pixel": round(bits, 4), "psnr": round(psnr, 3)}


def decibels(image: np.ndarray, back: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.square(image.astype(float) - back).mean()))


def draw(points: Sequence[record.Record]) -> go.Figure:
    """PSNR against bits per pixel."""
    figure = go.Figure(
        layout={"xaxis_title": "bits per pixel", "yaxis_title": "PSNR of RGB, dB", "template": "simple_white"}
    )
    for codec in dict.fromkeys(point["codec"] for point in points):
        own = [point for point in points if point["codec"] == codec]
        figure.add_scatter(
            x=[p["bits_per_pixel"] for p in own], y=[p["psnr"] for p in own], name=codec, mode="lines+markers"
        )
    return figure


main()
