"""What bicubic interpolation scores on every known set that is there, beside the catalogue's figures."""

import os
import sys
from functools import partial
from pathlib import Path

import torch

from sr_experiments.color import network_input, network_output
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.known.catalogue import BicubicScore, KnownSet, known_names, known_set
from sr_experiments.data.photos import photos
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.degradation.bicubic_y import bicubic_y
from sr_experiments.metrics.measure import Measure
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.metrics.ssim import StructuralSimilarity
from sr_experiments.model.interpolation import Interpolation
from sr_experiments.report.table import text_table

# isort: split
from torchmetrics.image import PeakSignalNoiseRatio  # after ours, which cures a torchvision that can't be imported

DEGRADATIONS = {"standard": bicubic, "classic": bicubic_y}
ROUNDING = {"standard": "rgb", "classic": "y"}


def measured(known: KnownSet, images: str | list[Path], expected: BicubicScore) -> dict[str, float]:
    """The mean PSNR and SSIM of bicubic interpolation, by the protocol and at the scale that `expected` names."""
    scale = expected.scale
    degradation = partial(DEGRADATIONS[expected.protocol], scale=scale)
    benchmark = Benchmark(name=known.name, images=images, scale=scale, degradation=degradation)
    protocol = Protocol(name=expected.protocol, color="y", rounding=ROUNDING[expected.protocol], shave=scale)
    metrics = {"psnr": PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3)), "ssim": StructuralSimilarity()}
    measure = Measure(protocol, metrics)
    values = [measure(enlarged(pair.low, scale), pair.high[None]) for pair in benchmark.pairs]
    return {metric: sum(each[metric] for each in values) / len(values) for metric in metrics}


def enlarged(low: torch.Tensor, scale: int) -> torch.Tensor:
    low = low[None].float() / 255
    return network_output(Interpolation(scale=scale, kernel="bicubic")(network_input(low, "rgb")), low, "rgb")


def main() -> None:
    root = Path(os.environ.get("SR_DATA_ROOT", "data"))
    rows, missed = [], 0
    for known in map(known_set, known_names()):
        images = photos(names=["astronaut", "chelsea", "camera"]) if known.name == "photos" else root / known.folder
        if not known.bicubic or (isinstance(images, Path) and not images.is_dir()):
            continue
        for expected in known.bicubic:
            ours = measured(known, str(images) if isinstance(images, Path) else images, expected)
            off = {name: ours[name] - getattr(expected, name) for name in ours}
            fits = all(abs(off[name]) <= known.tolerance[name] for name in off)
            missed += not fits
            cells = [f"{expected.psnr:.4f}", f"{ours['psnr']:.4f}", f"{off['psnr']:+.4f}"]
            cells += [f"{expected.ssim:.5f}", f"{ours['ssim']:.5f}", f"{off['ssim']:+.5f}", "" if fits else "MISSED"]
            rows.append([f"{expected.protocol} {known.folder} ×{expected.scale}", *cells])
    print(text_table(["bicubic", "PSNR", "ours", "off", "SSIM", "ours", "off", ""], rows))
    print(f"{len(rows) - missed} of {len(rows)} figures as they must be; sets looked for in {root}")
    sys.exit(missed > 0)


main()
