"""Scores as rows."""

from collections.abc import Mapping
from typing import Any

from sr_experiments.data.benchmarks import Benchmark

Row = dict[str, Any]


def score_rows(
    benchmark: Benchmark,
    image: str,
    protocol: str,
    key: str,
    values: Mapping[str, float],
    variant: str = "plain",
    sample: int | str = "",
) -> list[Row]:
    """One image's values, by metric, as rows of `scores.csv`; `key` is that of the way in which it was measured.

    `sample`: the number of the sample that was measured. `image`: its name, or `tables.SET` for all together.
    """
    about = {
        "benchmark": benchmark.name,
        "image": image,
        "scale": benchmark.scale,
        "degradation": benchmark.degradation_name,
        "protocol": protocol,
        "key": key,
        "variant": variant,
        "sample": sample,
    }
    return [{**about, "metric": name, "value": value} for name, value in values.items()]
