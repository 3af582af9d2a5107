"""A benchmark's images, measured one by one."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.crops import crops
from sr_experiments.data.pairs import Pair
from sr_experiments.data.scores import Row, score_rows
from sr_experiments.metrics.measure import Measure


class Measured(NamedTuple):
    """A benchmark's rows of `scores.csv`, and the crops of its images by their places below a run's `images/`."""

    rows: list[Row]
    crops: dict[str, Tensor]


@torch.inference_mode()
def measured(
    enlarge: Callable[[Pair], Tensor], benchmark: Benchmark, measure: Measure, key: str, variant: str
) -> Measured:
    """Measure what `enlarge` makes of every image: RGB `(1, 3, s·h, s·w)` in [0, 1].

    `key` is that of the way in which this is done. A ValueError names the image whose result has another size.
    """
    result = Measured([], {})
    for pair in tqdm(benchmark.pairs, desc=benchmark.name, unit="image", delay=2, leave=False, disable=None):
        output = enlarge(pair)
        if output.shape[-2:] != pair.high.shape[-2:]:
            raise ValueError(
                f"{benchmark.name}/{pair.name}: expected a result of {_size(pair.high)} pixels, got {_size(output)}: "
                f"is it of scale={benchmark.scale}?"
            )
        values = measure(output, pair.high[None], f"{benchmark.name}/{pair.name}")
        result.rows.extend(score_rows(benchmark, pair, measure.protocol.name, key, values, variant))
        for name, crop in crops(pair, output[0], benchmark.scale).items():
            result.crops[f"{benchmark.name}/{pair.name}/{name}"] = crop
    return result


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}×{image.shape[-2]}"
