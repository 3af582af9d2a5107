"""CPU seconds as there is more to do (images, runs, jobs, pixels), and the power of it by which they grow."""

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import plotly.graph_objects as go
from _rounds import Figure, figure, finish, options, spent
from compare import compare, link_crops, make_pictures, make_run
from PIL import Image

from sr_experiments import load, record
from sr_experiments.data.batches import Batches
from sr_experiments.data.pairs import Pairs, read_pairs
from sr_experiments.data.sources.files import folder_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.environment import environment
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.runs import experiments, read_runs

PROMISED, STEPS = 1.05, 200
IMAGES, RUNS, JOBS, SIDES = (10, 100, 1000, 10_000), (10, 100, 1000), (10, 100, 1000), (64, 256, 1024, 4096)

Costs = dict[int, list[float]]  # CPU seconds of each round, by how much there was to do


def taken(function: Callable[[], object], rounds: int) -> list[float]:
    """CPU seconds of a call, some times."""
    return [spent(function).cpu for _ in range(rounds)]


def of_images(folder: Path, rounds: int) -> dict[str, Costs]:
    """Decoding a folder for the first time, opening it again, and cutting batches out of it."""
    first, again, steps = {}, {}, {}
    for number in IMAGES:
        place = folder / f"images{number}"
        place.mkdir()
        for name in range(number):
            picture = np.random.default_rng(name).integers(0, 99, (40, 40, 3)).astype(np.uint8)
            Image.fromarray(picture).save(place / f"{name}.png")
        opened = partial(_open, place)
        first[number] = taken(opened, 1)
        again[number] = taken(opened, rounds)
        batches = Batches(opened(), seed=0, scale=2, batch_size=16, patch_size=16, augmentations=[])
        steps[number] = taken(lambda batches=batches: [batches[step] for step in range(STEPS)], rounds)
    return {"decoding images": first, "opening images": again, f"{STEPS} batches of so many images": steps}


def _open(folder: Path) -> Pairs:
    return read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)


def of_jobs(folder: Path, rounds: int) -> dict[str, Costs]:
    """Composing and listing the jobs of a sweep."""
    command = [sys.executable, "-m", "sr_experiments.train", "-m", "hydra/launcher=plan"]
    listed = {jobs: taken(partial(_quietly, [*command, f"seed=range({jobs})"], folder), rounds) for jobs in JOBS}
    return {"planning jobs": listed}


def _quietly(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def of_runs(folder: Path, rounds: int) -> dict[str, Costs]:
    """Reading and ranking runs of ten images, and writing their page."""
    make_pictures(pictures := folder / "pictures")
    begun = {"format": record.FORMAT, "choices": {"model": "espcn", "data": "photos"}, **environment({})}
    ranking, pages = {}, {}
    for number in RUNS:
        runs = folder / f"runs{number}"
        for run in range(number):
            make_run(runs / f"{run:04}", run, 10, 30, begun)
            link_crops(runs / f"{run:04}", pictures, run, 10)
        ranking[number] = taken(partial(_rank, runs), rounds)
        pages[number] = taken(partial(compare, runs, folder / "page.html"), rounds)
    return {"comparing runs": ranking, "a page of runs": pages}


def _rank(runs: Path) -> None:
    leaderboards(experiments(read_runs([runs])[0]))


def of_pixels(rounds: int) -> dict[str, Costs]:
    """Enlarging a square image by the ESPCN ×2 that ships, by its pixels."""
    upscaler = load("espcn_x2")
    pictures = {side: np.random.default_rng(side).integers(0, 255, (side, side, 3)).astype(np.uint8) for side in SIDES}
    upscaler(pictures[SIDES[0]])
    return {
        "enlarging pixels": {side**2: taken(partial(upscaler, picture), rounds) for side, picture in pictures.items()}
    }


def exponents(costs: Costs) -> list[float]:
    """By which cost grew with the last step of what there was to do, of each round."""
    (less, few), (more, many) = [*costs.items()][-2:]
    return [math.log(after / before) / math.log(more / less) for before, after in zip(few, many, strict=True)]


def draw(every: dict[str, Costs]) -> go.Figure:
    """All medians, both axes logarithmic; scripts/upkeep/screenshot.py makes a picture of its page."""
    lines = [
        go.Scatter(x=[*costs], y=[median(each) for each in costs.values()], name=name) for name, costs in every.items()
    ]
    axes = {"xaxis": {"type": "log", "title": "how many"}, "yaxis": {"type": "log", "title": "CPU seconds"}}
    return go.Figure(lines, {"template": "plotly_white", "width": 900, "height": 500, **axes})


def main() -> None:
    parser = options("grow", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each (%(default)s)")
    parser.add_argument("--html", type=Path, metavar="FILE", help="draw them there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above)
        os.environ["SR_CACHE_ROOT"] = str(folder / "cache")
        parts = [*(partial(part, folder, arguments.rounds) for part in (of_images, of_jobs, of_runs))]
        parts.append(partial(of_pixels, arguments.rounds))
        every = {name: costs for part in parts for name, costs in part().items()}
    figures: list[Figure] = []
    for name, costs in every.items():
        figures.append(figure(f"{name}, exponent", exponents(costs), promised=PROMISED))
        figures += [figure(f"{name}: {number:,}", each, "s") for number, each in costs.items()]
    if arguments.html:
        draw(every).write_html(arguments.html)
    finish(__doc__, figures, arguments.json)


if __name__ == "__main__":
    main()
