"""Scores as rows."""

from collections.abc import Mapping
from typing import Any

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.pairs import Pair

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
