"""Scores as rows."""

from collections.abc import Mapping
from typing import Any

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.pairs import Pair

Row = dict[str, Any]


def score_rows(
    benchmark: Benchmark, pair: Pair, protocol: str, key: str, values: Mapping[str, float], variant: str = "plain"
) -> list[Row]:
    """One image's values, by metric, as rows of `scores.csv`; `key` is that of the way in which it was measured."""
    about = {
        "benchmark": benchmark.name,
        "image": pair.name,
        "scale": benchmark.scale,
        "degradation": benchmark.degradation_name,
        "protocol": protocol,
        "key": key,
        "variant": variant,
        "sample": "",
    }
    return [{**about, "metric": name, "value": value} for name, value in values.items()]
