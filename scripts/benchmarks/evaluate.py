"""PSNR and SSIM on Y of Set14 and of made images of 1 MP, beside the straightforward way in NumPy and OpenCV."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Any

import numpy as np
import torch
from _rounds import Figure, Spent, figure, finish, options, ratio, spent
from hydra import compose, initialize_config_dir
from PIL import Image
from torchmetrics.image import PeakSignalNoiseRatio
from tqdm import tqdm

from sr_experiments.config import build, build_each, config_dir, find_plugins, resolve
from sr_experiments.data.decoded.cache import cache_root
from sr_experiments.measuring.bicubic import Bicubic
from sr_experiments.metrics.measure import Measure
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.metrics.ssim import C1, C2, StructuralSimilarity
from sr_experiments.way import way

try:
    import cv2  # pyright: ignore[reportMissingImports]
except ImportError:
    sys.exit("error: pip install opencv-contrib-python-headless==4.14.0.94, which the benchmark alone needs")

PROMISED = 0.2  # of the reference's CPU seconds
SHAVE = 3
Pixels = np.ndarray[Any, Any]


def straightforward(output: Pixels, target: Pixels) -> dict[str, float]:
    """Of uint8 RGB `(H, W, 3)`, as much published evaluation code computes it."""
    x, y = (image / 255.0 @ [65.481, 128.553, 24.966] + 16 for image in (output, target))
    x, y = (image[SHAVE:-SHAVE, SHAVE:-SHAVE] for image in (x, y))
    return {"psnr": float(10 * np.log10(255**2 / np.mean((x - y) ** 2))), "ssim": windowed(x, y)}


def windowed(x: Pixels, y: Pixels) -> float:
    """SSIM with an 11×11 Gaussian window applied by OpenCV, in float64."""
    line = cv2.getGaussianKernel(11, 1.5)
    window = line @ line.T
    mean_x, mean_y, xx, yy, xy = (cv2.filter2D(image, -1, window)[5:-5, 5:-5] for image in (x, y, x * x, y * y, x * y))
    top = (2 * mean_x * mean_y + C1) * (2 * (xy - mean_x * mean_y) + C2)
    return float((top / ((mean_x**2 + mean_y**2 + C1) * (xx - mean_x**2 + yy - mean_y**2 + C2))).mean())


def set14() -> Iterator[Pixels]:
    """The images of Set14, where they lie below the data root."""
    folder = Path(os.environ.get("SR_DATA_ROOT", "data"), "Set14")
    files = sorted(folder.glob("*.png"))
    if not files:
        print(f"Set14 is left out: it does not lie in {folder} (SR_DATA_ROOT)", file=sys.stderr)
    return (np.array(Image.open(file).convert("RGB")) for file in files)


def made(count: int) -> Iterator[Pixels]:
    """Smooth images of 1 MP with noise."""
    y, x = np.mgrid[:1000, :1000][..., None] / 40
    for seed in range(count):
        random = np.random.default_rng(seed)
        waves = np.sin(x * random.uniform(0.2, 1.5, 3) + y * random.uniform(0.2, 1.5, 3))
        yield (128 + 90 * waves + random.normal(0, 8, waves.shape)).clip(0, 255).astype(np.uint8)


def of_a_set(images: Iterable[Pixels], measure: Measure) -> tuple[Spent, Spent]:
    """What measuring a set takes in both ways, image by image in turn; an error where digits differ."""
    taken: list[tuple[Spent, Spent]] = []
    for target in images:
        noise = np.random.default_rng(1).normal(0, 9, target.shape)
        output = (target + noise).clip(0, 255).round().astype(np.uint8)
        tensors = [torch.from_numpy(image).permute(2, 0, 1)[None].contiguous() for image in (output, target)]
        ours, theirs = measure(tensors[0] / 255, tensors[1]), straightforward(output, target)
        assert all(abs(ours[name] - theirs[name]) < 1e-5 for name in theirs), f"other digits: {ours}, {theirs}"
        both = partial(measure, tensors[0] / 255, tensors[1]), partial(straightforward, output, target)
        taken.append((spent(both[0]), spent(both[1])))
    ours, theirs = zip(*taken, strict=True)
    return total(ours), total(theirs)


def total(parts: Iterable[Spent]) -> Spent:
    return Spent(*map(sum, zip(*parts, strict=True)))


def bicubic_kept(name: str, rounds: int) -> Figure:
    """What the scores of bicubic beside a network take where they are kept, of what measuring them takes."""
    find_plugins()
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        config = resolve(compose("evaluate", [f"benchmark={name}"]))
    benchmark, known = build(config["benchmark"], name), way(config, name)
    measure = Measure(build(config, "protocol"), build_each(config, "metrics"))
    taken: dict[str, list[Spent]] = {"measured": [], "kept": []}
    for _ in range(rounds):
        rmtree(cache_root() / "bicubic", ignore_errors=True)
        for each in taken.values():
            each.append(spent(lambda: Bicubic(config, measure).rows(benchmark, known)))
    return ratio(f"bicubic on {name} kept, of measuring it", taken["kept"], taken["measured"])


def main() -> None:
    parser = options("evaluate", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each set (%(default)s)")
    parser.add_argument("--images", type=int, default=100, help="of 1 MP (%(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    metrics = {"psnr": PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3)), "ssim": StructuralSimilarity()}
    measure = Measure(Protocol(name="standard", color="y", shave=SHAVE), metrics)
    sets = {"Set14": list(set14()), f"{arguments.images} images of 1 MP": None}
    figures = []
    for name, images in sets.items():
        if images == []:
            continue
        rounds = tqdm(range(arguments.rounds), name, disable=None)
        with torch.inference_mode():
            taken = [of_a_set(made(arguments.images) if images is None else images, measure) for _ in rounds]
        ours, theirs = map(list, zip(*taken, strict=True))
        figures += [
            ratio(f"{name}: of the reference's CPU seconds", ours, theirs, PROMISED),
            figure(f"{name}: ours, CPU", [each.cpu for each in ours], "s"),
        ]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SR_CACHE_ROOT"] = folder
        figures += [bicubic_kept(name, arguments.rounds + 1) for name in ["photos", *["set14"] * bool(sets["Set14"])]]
    finish(__doc__, figures, arguments.json, opencv=cv2.__version__)


if __name__ == "__main__":
    main()
