"""A benchmark's images, measured one by one."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torchmetrics import Metric
from tqdm import tqdm

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.crops import crops, heat_map
from sr_experiments.data.pairs import Pair
from sr_experiments.data.scores import Row, score_rows
from sr_experiments.metrics.measure import Measure
from sr_experiments.tables import SET


class Measurements(NamedTuple):
    """A benchmark's rows of `scores.csv`, and the crops of its images by their places below a run's `images/`."""

    rows: list[Row]
    crops: dict[str, Tensor]


class Result(NamedTuple):
    """What was made of an image: `output` `(1, C, s·h, s·w)` in [0, 1], as which variant, and which sample of it."""

    variant: str
    output: Tensor
    sample: int | str = ""


@torch.inference_mode()
def measure_benchmark(
    results: Callable[[Pair], Iterable[Result]], benchmark: Benchmark, measure: Measure, key: str
) -> Measurements:
    """Measure what is made of every image.

    `key` is that of the way in which this is done. A ValueError names the image whose result has another size.
    """
    found, protocol = Measurements([], {}), measure.protocol.name
    sets: dict[str, dict[str, Metric]] = defaultdict(measure.set_metrics)
    for pair in tqdm(benchmark.pairs, desc=benchmark.name, unit="image", delay=2, leave=False, disable=None):
        high, image = pair.high[None], f"{benchmark.name}/{pair.name}"
        samples: dict[str, dict[str, Metric]] = defaultdict(measure.sample_metrics)
        drawn: list[Tensor] = []
        for variant, output, sample in results(pair):
            _check_size(benchmark, pair, output)
            values = measure(output, high, image)
            found.rows.extend(score_rows(benchmark, pair.name, protocol, key, values, variant, sample))
            measure.update_sets(sets[variant], output, high, pair.name)
            name = _picture_name(variant, sample)
            made = crops(pair, output[0], benchmark.scale, name, benchmark.picture)
            found.crops.update({f"{image}/{file}": crop for file, crop in made.items()})
            if sample != "":
                measure.update_sets(samples[variant], output, high, pair.name)
                drawn.append(made[f"{name}.png"])
        for variant, metrics in samples.items():
            values = measure.compute_sets(metrics, image)
            found.rows.extend(score_rows(benchmark, pair.name, protocol, key, values, variant))
        if len(drawn) > 1:
            found.crops[f"{image}/spread.png"] = heat_map(drawn)
    for variant, metrics in sets.items():
        values = measure.compute_sets(metrics, benchmark.name)
        found.rows.extend(score_rows(benchmark, SET, protocol, key, values, variant))
    return found


def _picture_name(variant: str, sample: int | str) -> str:
    """The picture's name."""
    return "output" if "sample" not in variant else f"sample_{sample}" if sample != "" else variant


def _check_size(benchmark: Benchmark, pair: Pair, output: Tensor) -> None:
    if output.shape[-2:] != pair.high.shape[-2:]:
        raise ValueError(
            f"{benchmark.name}/{pair.name}: expected a result of {_size(pair.high)} pixels, got {_size(output)}: "
            f"is it of scale={benchmark.scale}?"
        )


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}×{image.shape[-2]}"
