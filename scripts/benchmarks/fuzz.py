"""Damaged images, lists, runs and weights, 10,000 of a seed: each is read or refused by name, its neighbours read."""

import argparse
import json
import os
import resource
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import tifffile
import torch
from _damage import damaged, replaced
from PIL import Image
from safetensors.torch import save
from torch import nn

from sr_experiments.compare import read as compared
from sr_experiments.config import config_dir, find_plugins, register_run, resolve
from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.known.fingerprint import thumbnail
from sr_experiments.data.sources.files import image_files
from sr_experiments.environment import environment
from sr_experiments.files.deep import read_deep
from sr_experiments.files.formats import READ
from sr_experiments.files.images import read_image, write_image
from sr_experiments.measuring.evaluation import Evaluation
from sr_experiments.measuring.subject import from_run
from sr_experiments.module.weights import take_weights
from sr_experiments.record import update
from sr_experiments.report.page import write_page
from sr_experiments.trained import run_folder

Trial = Callable[[], list[str]]  # damages one thing, and says how each way of reading it ended

LINES = ["a.png", '"a.png"', ".\\a.png", "a.png (8,8,3)", "# a", "nowhere.png", "~x", "b\0", "é"]
MEMORY = 8 << 30  # bytes of address space; a file of some kilobytes that asks for more ends in a MemoryError


def outcome(read: Callable[[Path], Any], path: Path) -> str:
    """How it ends: read, refused by a message that names the path, or what should not be."""
    try:
        read(path)
    except (ValueError, OSError) as error:
        return "refused" if str(path) in str(error) else f"does not name its file: {str(error)[:200]}"
    except Exception as error:  # what is looked for
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "read"


def images(random: np.random.Generator, folder: Path) -> Trial:
    """Small images of every kind that is read but QOI, and TIFFs of 16 bits, beside two that are whole."""
    pixels = random.integers(0, 256, (24, 30, 3), dtype=np.uint8)
    found = []
    for suffix, kind in READ.items():
        file = BytesIO()
        if kind != "QOI":
            Image.fromarray(pixels).convert("1" if suffix == ".pbm" else "RGB").save(file, kind)
            found.append((suffix, file.getvalue()))
    for planar in (False, True):
        file = BytesIO()
        deep = 257 * pixels.astype(np.uint16)
        layout = {"planarconfig": "separate"} if planar else {}
        tifffile.imwrite(file, np.moveaxis(deep, -1, 0) if planar else deep, photometric="rgb", **layout)  # pyright: ignore
        found.append((".tif", file.getvalue()))
    for whole in ("first.png", "second.png"):
        Image.fromarray(pixels).save(folder / whole)

    def beside(path: Path) -> None:
        images = high_images(image_files(path.parent))
        missing = {"first", "second"} - set(images.names)
        if missing or len(images) + len(images.problems) != 3:
            raise AssertionError(f"lost {missing}: {images.problems}")

    def trial() -> list[str]:
        suffix, content = found[random.integers(len(found))]
        path = folder / f"damaged{suffix}"
        path.write_bytes(damaged(content, random))
        outcomes = [outcome(read, path) for read in (read_image, read_deep, thumbnail, beside)]
        path.unlink()
        return outcomes

    return trial


def lists(random: np.random.Generator, folder: Path) -> Trial:
    """Lists of files."""
    Image.new("RGB", (8, 8)).save(folder / "a.png")

    def trial() -> list[str]:
        path = folder / "list.txt"
        path.write_bytes(damaged("\n".join(random.choice(LINES, 3)).encode(), random))
        return [outcome(image_files, path)]

    return trial


def runs(random: np.random.Generator, folder: Path) -> Trial:
    """A run of which one file is damaged, beside one that is whole, as three commands read it."""
    original, whole, path = run_folder("espcn_x2"), folder / "runs" / "whole", folder / "runs" / "damaged"
    shutil.copytree(original, whole)
    update(whole, seed=1)  # the runs of one seed count once
    write_image(folder / "images" / "a.png", torch.from_numpy(random.integers(0, 256, (3, 24, 30), dtype=np.uint8)))
    find_plugins()
    with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
        options = ["scale=2", "metrics=[ssim]", "benchmark=folder", f"benchmark.folder.root={folder}/images"]
        evaluation = Evaluation(resolve(hydra.compose("evaluate", options)))

    def compare(path: Path) -> None:
        found = compared([path.parent], None)
        write_page(folder / "report.html", *found, pictures="none")
        if whole not in {run.folder for experiment in found.experiments for run in experiment.runs}:
            raise AssertionError("the run beside it is lost")
        if found.problems:
            raise ValueError("\n".join(map(str, found.problems)))

    def evaluate(path: Path) -> None:
        if problems := evaluation.report(from_run(path), path):
            raise ValueError("\n".join(problems))

    def trial() -> list[str]:
        shutil.copytree(original, path)
        file = path / str(random.choice(["run.json", "run.json", "config.yaml", "scores.csv", "weights.safetensors"]))
        if file.suffix == ".json" and random.random() < 0.8:
            file.write_text(json.dumps(replaced(json.loads(file.read_text()), random)))
        else:
            file.write_bytes(damaged(file.read_bytes(), random))
        outcomes = [outcome(read, path) for read in (compare, partial(register_run, "train"), evaluate)]
        shutil.rmtree(path)
        return outcomes

    return trial


def weights(random: np.random.Generator, folder: Path) -> Trial:
    """The weights of a small network in the layouts of today and before, whole networks and NumPy arrays among them."""
    torch.manual_seed(int(random.integers(1 << 32)))
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.PReLU())
    state = network.state_dict()
    found = [(".safetensors", save(state))]
    for content in (state, network, {"params": {name: value.numpy() for name, value in state.items()}}):
        for zipped in (True, False):
            torch.save(content, file := BytesIO(), _use_new_zipfile_serialization=zipped)
            found.append((".pth", file.getvalue()))

    def trial() -> list[str]:
        suffix, content = found[random.integers(len(found))]
        path = folder / f"damaged{suffix}"
        path.write_bytes(damaged(content, random))
        return [outcome(lambda path: take_weights(network, path, 1), path)]

    return trial


SHARES = {images: 0.5, lists: 0.2, runs: 0.1, weights: 0.2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as above:
        os.environ["SR_CACHE_ROOT"] = f"{above}/cache"
        for kind, share in SHARES.items():
            folder = Path(above) / kind.__name__ / "inner"  # a line of a list may become `..`
            folder.mkdir(parents=True)
            trial = kind(np.random.default_rng(options.seed), folder)
            for _ in range(round(share * options.count)):
                with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                    outcomes = trial()
                counts.update(f"{kind.__name__}: {each}" for each in outcomes)
    for what, times in counts.most_common():
        print(f"{times:>7} {what}")
    if options.json:
        found = {"benchmark": __doc__, "seed": options.seed, "count": options.count, "outcomes": dict(counts)}
        options.json.write_text(json.dumps({**found, "machine": environment({})["machine"]}, indent=1) + "\n")
    if wrong := sum(times for what, times in counts.items() if what.split(": ", 1)[1] not in ("read", "refused")):
        raise SystemExit(f"missed: {wrong} neither read nor refused by name, or at the cost of what lay beside them")


main()
