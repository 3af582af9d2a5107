"""What bicubic interpolation scores beside a network: measured once for a benchmark, and kept in the cache."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sr_experiments.config import Config
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.decoded.cache import atomic, cache_root
from sr_experiments.data.scores import Row, score_rows
from sr_experiments.environment import targets, versions
from sr_experiments.imports import sources
from sr_experiments.inference.enlarge import Enlarger
from sr_experiments.inference.network import Network
from sr_experiments.measuring.benchmark import Result, measure_benchmark
from sr_experiments.metrics.measure import Measure
from sr_experiments.model.interpolation import Interpolation
from sr_experiments.signature import by_content
from sr_experiments.way import Way

Values = Mapping[str, Mapping[str, float]]

NOT_OF_BICUBIC = ("tile", "samples", "sampler")


class Bicubic:
    """Rows of scores of bicubic interpolation by `measure`, which a resolved `config` describes.

    They are kept under a hash of all that they depend on: what the benchmark's images hold, its degradation and scale,
    the protocol, the metrics with the files that they name, and the code of it all.
    """

    def __init__(self, config: Config, measure: Measure) -> None:
        self.measure = measure
        parts = {name: config[name] for name in ("benchmark", "protocol", "metrics")}
        self.about = [by_content(parts["metrics"]), versions(), _code(parts)]

    def rows(self, benchmark: Benchmark, way: Way) -> list[Row]:
        """Those of a benchmark, measured in this `way`."""
        protocol, values = self.measure.protocol.name, self._values(benchmark, way)
        return [row for image, each in values.items() for row in score_rows(benchmark, image, protocol, "", each)]

    def _values(self, benchmark: Benchmark, way: Way) -> Values:
        """Its values by image and metric."""
        place = self._place(way)
        with suppress(OSError, ValueError):
            return json.loads(place.read_text(encoding="utf-8"))
        values: dict[str, dict[str, float]] = {}
        for row in self._measured(benchmark):
            values.setdefault(row["image"], {})[row["metric"]] = row["value"]
        place.parent.mkdir(parents=True, exist_ok=True)
        with atomic(place) as temporary:
            temporary.write_text(json.dumps(values), encoding="utf-8")
        return values

    def _place(self, way: Way) -> Path:
        settings = {name: value for name, value in way.settings.items() if name not in NOT_OF_BICUBIC}
        for name in ("images", "low"):
            settings[name] = settings[name] and settings[name]["content"]
        text = json.dumps([by_content(settings), self.about], sort_keys=True)
        return cache_root() / "bicubic" / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"

    def _measured(self, benchmark: Benchmark) -> list[Row]:
        scale, channels = benchmark.scale, len(benchmark.pairs[0].low)
        bicubic = Network(Interpolation(scale=scale, kernel="bicubic"), scale=scale, color=channels)
        enlarge = Enlarger(bicubic)
        return measure_benchmark(lambda pair: [Result("plain", enlarge(pair))], benchmark, self.measure, "").rows


def _code(config: Config) -> str:
    """A hash of this package, which takes less than finding out what of it is used, and of what else is."""
    package = Path(__file__).parents[1]
    others = sources(target for target in targets(config) if not target.startswith(f"{package.name}."))
    ours = {str(path.relative_to(package)): path.read_bytes() for path in package.rglob("*.py")}
    digest = hashlib.sha256()
    for name, source in sorted((ours | others).items()):
        digest.update(f"{name} {len(source)}\n".encode() + source)
    return digest.hexdigest()
