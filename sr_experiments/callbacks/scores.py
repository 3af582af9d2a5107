"""Scores and pictures of the measured images."""

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.pairs import Pair
from sr_experiments.files.images import write_image
from sr_experiments.model.interpolation import Interpolation

CROP = 192
GRID = 24


class Scores(Callback):
    """Collects a row per image and metric of every benchmark, from all devices, and writes one crop of each image.

    `rows` are this network's, `baseline` the same of bicubic interpolation.
    """

    def __init__(self, benchmarks: list[Benchmark], pictures: Path) -> None:
        self.benchmarks, self.pictures = benchmarks, pictures
        self.rows: list[dict[str, Any]] = []
        self.baseline: list[dict[str, Any]] = []

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Pair,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if not batch.counts:
            return
        benchmark, low, high = self.benchmarks[dataloader_idx], batch.low[None], batch.high[None]
        bicubic = Interpolation(scale=benchmark.scale, kernel="bicubic")(low.float() / 255)
        about = {
            "benchmark": benchmark.name,
            "image": batch.name,
            "scale": benchmark.scale,
            "degradation": benchmark.degradation_name,
            "protocol": pl_module.measure.protocol.name,  # pyright: ignore[reportAttributeAccessIssue]
            "variant": "plain",
        }
        values = pl_module.measure(bicubic, high)  # pyright: ignore[reportCallIssue]
        self.rows += [{**about, "metric": name, "value": value} for name, value in outputs["values"].items()]
        self.baseline += [{**about, "metric": name, "value": value} for name, value in values.items()]
        write_crops(self.pictures / benchmark.name / batch.name, batch, outputs["output"][0], benchmark.scale)

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.world_size > 1:
            self.rows, self.baseline = gathered(self.rows), gathered(self.baseline)


def gathered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of all devices, in the order of their images."""
    parts: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(parts, rows)
    return sorted((row for part in parts for row in part), key=lambda row: (row["benchmark"], row["image"]))


def write_crops(folder: Path, pair: Pair, output: Tensor, scale: int) -> None:
    """Write the same crop of output, target and input."""
    top, left = crop_place(pair.high)
    images = ("output", output * 255, 1), ("target", pair.high, 1), ("input", pair.low, scale)
    for name, image, factor in images:
        rows, columns = (slice(start // factor, (start + CROP) // factor) for start in (top, left))
        crop = image[:, rows, columns].clamp(0, 255).round().to(torch.uint8)
        write_image(folder / f"{name}.png", crop)


def crop_place(high: Tensor) -> tuple[int, int]:
    """Where the 192-pixel crop of an HR image with most detail lies (top, left): a function of that image alone.

    Detail is the mean absolute difference of neighbours; places are multiples of 24, so of the scales 2, 3, 4 and 8.
    """
    grey = high.double().mean(0)
    detail = torch.zeros_like(grey)
    detail[1:] += grey.diff(dim=0).abs()
    detail[:, 1:] += grey.diff(dim=1).abs()
    window = min(CROP, *grey.shape)
    sums = torch.nn.functional.avg_pool2d(detail[None, None], window, stride=GRID)[0, 0]
    best = int(sums.argmax())
    return best // sums.shape[1] * GRID, best % sums.shape[1] * GRID
