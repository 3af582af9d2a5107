"""A 960×540 RGB picture enlarged by ESPCN and FSRCNN, as sr-upscale does and in torch alone, beside OpenCV's own."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from sr_experiments.data.photos import photos
from sr_experiments.environment import environment
from sr_experiments.inference.backend import fastest, in_torch
from sr_experiments.inference.run import load_run
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.trained import run_folder

PROMISED = {"default": {"espcn": 0.65, "fsrcnn": 0.75}, "torch": {"espcn": 1.2, "fsrcnn": 1.2}}  # of OpenCV's time
SCALES, THREADS = (2, 3), (1, 2)
Pixels = np.ndarray[Any, Any]
Way = Callable[[Pixels], Pixels]


def ways(model: str, scale: int, weights: Path) -> dict[str, Way]:
    """How a picture `(540, 960, 3)` can be enlarged, by name."""
    import cv2  # pyright: ignore[reportMissingImports]

    opencv = cv2.dnn_superres.DnnSuperResImpl_create()
    opencv.readModel(str(weights / f"{model.upper()}_x{scale}.pb"))
    opencv.setModel(model, scale)
    folder = run_folder(f"{model}_x{scale}")
    network = load_run(folder).network
    return {
        "opencv": opencv.upsample,
        "default": rows(Upscaler(network, device="cpu", calls=fastest(network, folder))),
        "torch": rows(Upscaler(network, device="cpu", calls=in_torch(network))),
    }


def rows(upscaler: Upscaler) -> Way:
    """All of a picture in one array, as a file is made of it."""
    return lambda pixels: np.concatenate(list(upscaler.rows(pixels)))


def timed(made: dict[str, Way], pixels: Pixels, rounds: int) -> dict[str, dict[str, float]]:
    """Medians of CPU and elapsed seconds, the ways in turn."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in made}
    for _ in range(rounds + 1):
        for name, way in made.items():
            began = time.process_time(), time.perf_counter()
            way(pixels)
            found[name].append((time.process_time() - began[0], time.perf_counter() - began[1]))
    columns = {name: list(zip(*each[1:], strict=True)) for name, each in found.items()}  # the first warms up
    return {name: {"cpu": median(cpu), "elapsed": median(elapsed)} for name, (cpu, elapsed) in columns.items()}


def apart(model: str, scale: int, pixels: Pixels, way: Way) -> int:
    """The largest difference, in grey levels, to the network as it is measured."""
    true = rows(Upscaler(load_run(run_folder(f"{model}_x{scale}")).network, device="cpu"))(pixels)
    return int(np.abs(true.astype(int) - way(pixels)).max())


def misses(found: list[dict[str, Any]]) -> Iterator[str]:
    for row in found:
        name = f"{row['model']} ×{row['scale']}, {row['threads']} thread(s)"
        for way, promised in PROMISED.items():
            if (ratio := row[way]["cpu"] / row["opencv"]["cpu"]) > promised[row["model"]]:
                yield f"{name}: {way} takes {ratio:.2f} of OpenCV's time, promised {promised[row['model']]}"
        if row["grey_levels_apart"] > 1:
            yield f"{name}: {row['grey_levels_apart']} grey levels from the network"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench upscale", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--rounds", type=int, default=5, help="of each way, in turn (%(default)s)")
    parser.add_argument("--weights", type=Path, default=Path("../shared/weights"), help="OpenCV's (%(default)s)")
    arguments = parser.parse_args()
    try:
        import cv2  # pyright: ignore[reportMissingImports]
    except ImportError:
        sys.exit("error: pip install opencv-contrib-python-headless==4.14.0.94, which the benchmark alone needs")
    pixels = np.asarray(Image.open(photos(names=["coffee"])[0]).convert("RGB").resize((960, 540)))
    found = []
    for threads in tqdm(THREADS, disable=None):
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
        for model, scale in ((model, scale) for model in PROMISED["default"] for scale in SCALES):
            made = ways(model, scale, arguments.weights)
            row = {"model": model, "scale": scale, "threads": threads, **timed(made, pixels, arguments.rounds)}
            found.append({**row, "grey_levels_apart": apart(model, scale, pixels, made["default"])})
            times = (f"{way} {row[way]['cpu']:.3f} s ({row[way]['cpu'] / row['opencv']['cpu']:.2f})" for way in made)
            tqdm.write(f"{model} ×{scale}, {threads} thread(s): {', '.join(times)}")
    if arguments.json:
        about = {"benchmark": __doc__, "opencv": version("opencv-contrib-python-headless"), "promised": PROMISED}
        about |= {part: environment({})[part] for part in ("machine", "versions")}
        arguments.json.write_text(json.dumps({**about, "rows": found}, indent=1) + "\n")
    missed = list(misses(found))
    print("\n".join(missed) or "every promise is kept")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
