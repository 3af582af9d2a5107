"""Scores of the images of benchmarks."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.pairs import Pair
from sr_experiments.files.crops import write_crops
from sr_experiments.metrics.measure import Measure

Row = dict[str, Any]


def score_rows(
    benchmark: Benchmark, pair: Pair, protocol: str, values: Mapping[str, float], variant: str = "plain"
) -> list[Row]:
    """One image's values, by metric, as rows of `scores.csv`."""
    about = {
        "benchmark": benchmark.name,
        "image": pair.name,
        "scale": benchmark.scale,
        "degradation": benchmark.degradation_name,
        "protocol": protocol,
        "variant": variant,
    }
    return [{**about, "metric": name, "value": value} for name, value in values.items()]


@torch.inference_mode()
def measured(
    enlarge: Callable[[Pair], Tensor],
    benchmarks: Sequence[Benchmark],
    measure: Measure,
    *,
    variant: str = "plain",
    pictures: Path | None = None,
) -> list[Row]:
    """The rows of all images; `enlarge` makes RGB `(1, 3, s·h, s·w)` in [0, 1] of each.

    Crops of them go to `pictures`. A ValueError names the image whose result does not fit.
    """
    rows = []
    for benchmark in benchmarks:
        for pair in tqdm(benchmark.pairs, desc=benchmark.name, unit="image", delay=2, leave=False):
            output = enlarge(pair)
            if output.shape[-2:] != pair.high.shape[-2:]:
                raise ValueError(
                    f"{benchmark.name}/{pair.name}: expected a result of {_size(pair.high)} pixels, got "
                    f"{_size(output)}: is it of scale={benchmark.scale}?"
                )
            rows += score_rows(benchmark, pair, measure.protocol.name, measure(output, pair.high[None]), variant)
            if pictures:
                write_crops(pictures / benchmark.name / pair.name, pair, output[0], benchmark.scale)
    return rows


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}×{image.shape[-2]}"
