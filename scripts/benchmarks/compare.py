"""sr-compare on 200 made-up runs × 100 images under 20 s, and 1,000 records read under 2 s."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _rounds import Figure, Spent, figure, finish, options, spent
from PIL import Image

from sr_experiments import record, tables
from sr_experiments.environment import environment
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.page import write_page
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.signature import signature_of

SETTING = {"benchmark": "set100", "scale": 3, "degradation": "bicubic", "protocol": "standard", "variant": "plain"}
PAGE_SECONDS, READ_SECONDS, MEBIBYTES = 20, 2, 6


def make_run(folder: Path, number: int, images: int, points: int, begun: record.Record) -> None:
    """A finished run: every second one repeats the one before, and four settings differ between the others."""
    folder.mkdir(parents=True)
    experiment, seed = divmod(number, 2)
    random = np.random.default_rng(number)
    settings = {"lr": [1e-4, 3e-4, 1e-3, 3e-3][experiment % 4], "width": 16 << experiment % 3, "blocks": experiment % 7}
    filler = {f"group{group}": {f"key{key}": key * group for key in range(12)} for group in range(10)}
    config = {"name": "bench", "scale": 3, "seed": seed, "model": {**settings, "id": experiment}, **filler}
    scores = [
        {**SETTING, "image": f"image{image:03}", "metric": metric, "value": level + random.normal(0, spread)}
        for image in range(images)
        for metric, level, spread in (("psnr", 28 + image % 9 + experiment / 100, 0.1), ("ssim", 0.85, 0.01))
    ]
    curves = [
        {"step": step, "seconds": step / 10, "name": name, "value": 20 + np.log1p(step)}
        for step in range(points)
        for name in ("val/psnr", "val/loss", "train/loss")
    ]
    facts = {
        **begun,
        "config": config,
        "signature": signature_of(config, ""),
        "seed": seed,
        "status": "finished",
        "scores": tables.averages(scores),
        "parameters": 1000 * (experiment + 1),
        "multiply_adds": 10**9,
        "timings": {"train_seconds": 60.0},
    }
    tables.write_text(folder / "run.json", json.dumps(facts, indent=1))
    tables.write_rows(folder / "scores.csv", tables.SCORE_COLUMNS, scores)
    tables.write_rows(folder / "metrics.csv", tables.CURVE_COLUMNS, curves)


def link_crops(folder: Path, pictures: Path, number: int, images: int) -> None:
    """Crops for each image: the same input and target in every run, one of eight outputs."""
    for image in range(images):
        place = folder / "images" / "set100" / f"image{image:03}"
        place.mkdir(parents=True)
        for name, kind in (("input", "input"), ("target", "target"), ("output", f"output{number % 8}")):
            (place / f"{name}.png").hardlink_to(pictures / f"{kind}.png")


def make_pictures(folder: Path) -> None:
    """Crops as large as real ones, of noise: a PNG can't make them smaller."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for name, side in {"input": 64, "target": 192, **{f"output{number}": 192 for number in range(8)}}.items():
        pixels = random.integers(0, 99, (side, side, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")


def compare(runs: Path, page: Path) -> None:
    """Read, rank and write the page."""
    found, problems = read_runs([runs])
    compared = experiments(found)
    write_page(page, compared, leaderboards(compared), problems)
    assert len(compared) == 100


def size_without_pictures(runs: Path, page: Path) -> float:
    """MiB of the same page with no picture in it."""
    found, problems = read_runs([runs])
    compared = experiments(found)
    write_page(page, compared, leaderboards(compared), problems, pictures="none")
    return page.stat().st_size / 2**20


def read(runs: Path, count: int) -> None:
    found, problems = read_runs([runs])
    assert (len(found), problems) == (count, [])


def figures(title: str, rounds: list[Spent], promised: float) -> list[Figure]:
    elapsed, computed = ([getattr(each, clock) for each in rounds] for clock in ("elapsed", "cpu"))
    return [figure(f"{title}, elapsed", elapsed, "s", promised), figure(f"{title}, CPU", computed, "s")]


def main() -> None:
    parser = options("compare", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each (%(default)s)")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        many, few, pictures = Path(folder, "many"), Path(folder, "few"), Path(folder, "pictures")
        make_pictures(pictures)
        begun = {"format": record.FORMAT, "choices": {"model": "espcn", "data": "photos"}, **environment({})}
        for number in range(1000):
            make_run(many / f"{number:04}", number, 5, 3, begun)
        for number in range(200):
            make_run(few / f"{number:04}", number, 100, 300, begun)
            link_crops(few / f"{number:04}", pictures, number, 100)
        reading = [spent(lambda: read(many, 1000)) for _ in range(arguments.rounds)]
        pages = [spent(lambda: compare(few, Path(folder, "page.html"))) for _ in range(arguments.rounds)]
        mebibytes = size_without_pictures(few, Path(folder, "bare.html"))
    found = [
        *figures("reading 1,000 records", reading, READ_SECONDS),
        *figures("a page of 200 runs × 100 images", pages, PAGE_SECONDS),
        figure("that page without pictures", [mebibytes], "MiB", MEBIBYTES),
    ]
    finish(__doc__, found, arguments.json)


if __name__ == "__main__":
    main()
