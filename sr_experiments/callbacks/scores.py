"""Scores and pictures of the measured images."""

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torchmetrics import Metric

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.crops import crops, write_crops
from sr_experiments.data.pairs import Pair
from sr_experiments.data.scores import score_rows
from sr_experiments.metrics.measure import Measure
from sr_experiments.tables import SET


class Scores(Callback):
    """Collects a row per image and metric of every benchmark, from all devices, and writes one crop of each image.

    Crops go below `pictures`. `keys` are those of the ways in which the benchmarks are measured.
    """

    def __init__(self, benchmarks: list[Benchmark], keys: list[str], pictures: Path) -> None:
        self.benchmarks, self.keys, self.pictures = benchmarks, keys, pictures
        self.rows: list[dict[str, Any]] = []
        self.sets: list[dict[str, Metric]] = []

    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        measure: Measure = pl_module.measure  # pyright: ignore[reportAssignmentType]
        self.sets = [measure.set_metrics() for _ in self.benchmarks]

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
        benchmark, high = self.benchmarks[dataloader_idx], batch.high[None]
        measure: Measure = pl_module.measure  # pyright: ignore[reportAssignmentType]
        protocol, key = measure.protocol.name, self.keys[dataloader_idx]
        self.rows += score_rows(benchmark, batch.name, protocol, key, outputs["values"])
        measure.update_sets(self.sets[dataloader_idx], outputs["output"], high, batch.name)
        folder = self.pictures / benchmark.name / batch.name
        write_crops(folder, crops(batch, outputs["output"][0], benchmark.scale, picture=benchmark.picture))

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.world_size > 1:
            self.rows = gather(self.rows)
        measure: Measure = pl_module.measure  # pyright: ignore[reportAssignmentType]
        for benchmark, key, sets in zip(self.benchmarks, self.keys, self.sets, strict=True):
            values = measure.compute_sets(sets, benchmark.name)
            self.rows += score_rows(benchmark, SET, measure.protocol.name, key, values)


def gather(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of all devices, in the order of their images."""
    parts: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(parts, rows)
    return sorted((row for part in parts for row in part), key=lambda row: (row["benchmark"], row["image"]))
