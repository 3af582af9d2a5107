"""What is kept of bicubic interpolation's scores."""

from copy import deepcopy
from pathlib import Path

import pytest

from sr_experiments.config import build, build_each
from sr_experiments.measuring.bicubic import Bicubic
from sr_experiments.metrics.measure import Measure
from sr_experiments.way import way

COUNTED = """
from torchmetrics.regression import MeanSquaredError

class Counted(MeanSquaredError):
    def update(self, output, target):
        open("seen", "a").write("1")
        super().update(output.flatten(), target.flatten())
"""
DEGRADATION = "{_target_: sr_experiments.degradation.bicubic.bicubic, _partial_: true, scale: '${scale}'}"
SMALL = "_target_: sr_experiments.data.benchmarks.Benchmark, name: small, images: test, scale: '${scale}'"
ON_TWO = [
    "benchmark=[]",
    f"+benchmark.small={{{SMALL}, degradation: {DEGRADATION}}}",
    "+metrics.seen={_target_: counted.Counted}",
]


@pytest.fixture(autouse=True)
def two_pictures(pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "counted.py").write_text(COUNTED)
    pictures("test", 2)


def seen() -> int:
    """How many images the metric has seen since the last time."""
    place = Path("seen")
    count = place.stat().st_size if place.exists() else 0
    place.unlink(missing_ok=True)
    return count


@pytest.mark.slow
def test_it_is_measured_once_and_anew_when_anything_that_it_depends_on_changes(compose, pictures, tmp_path):
    config = compose(*ON_TWO, primary="evaluate")

    def measured(config) -> int:
        measure = Measure(build(config, "protocol"), build_each(config, "metrics"))
        bicubic = Bicubic(config, measure)
        bicubic.rows(build(config["benchmark"], "small"), way(config, "small", config["tile"]))
        return seen()

    def changed(value, *places: str) -> dict:
        node = other = deepcopy(config)
        for place in places[:-1]:
            node = node[place]
        node[places[-1]] = value
        return other

    assert (measured(config), measured(config)) == (2, 0)
    assert measured(changed(16, "tile")) == 0
    assert measured(changed(7, "protocol", "shave")) == 2
    assert measured(changed(254.0, "metrics", "psnr", "data_range")) == 2
    assert measured(changed("sr_experiments.degradation.bd.bd", "benchmark", "small", "degradation", "_target_")) == 2
    (tmp_path / "counted.py").write_text(f"{COUNTED}# other code\n")
    assert measured(config) == 2
    (tmp_path / "test" / "test0.png").rename(tmp_path / "test" / "test9.png")
    assert measured(config) == 2
    pictures("test", 1, first=5)
    assert (measured(config), measured(config)) == (3, 0)


@pytest.mark.slow
def test_the_same_is_printed_of_what_is_kept_and_what_cannot_be_read_is_measured_again(command, tmp_path):
    def printed() -> str:
        done = command("evaluate", "model=nearest", *ON_TWO)
        assert done.code == 0, done.err
        return done.out

    first = printed()
    assert seen() == 4 and "bicubic psnr" in first
    assert (printed(), seen()) == (first, 2)
    (kept,) = (tmp_path / "cache" / "bicubic").iterdir()
    kept.write_text(kept.read_text()[:-9])
    assert (printed(), seen()) == (first, 4)
    assert (printed(), seen()) == (first, 2)
