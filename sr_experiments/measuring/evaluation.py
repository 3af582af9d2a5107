"""Networks measured on the same images, one after another."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from sr_experiments import record
from sr_experiments.config import Config, build, build_each
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.crops import write_crops
from sr_experiments.data.known.leaks import whole_leaks
from sr_experiments.data.pairs import Pair
from sr_experiments.data.sources.files import image_files
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.inference.enlarge import Enlarger
from sr_experiments.inference.images import OutputImages
from sr_experiments.legible import legible
from sr_experiments.lock import hold
from sr_experiments.measuring.benchmark import Measurements, Result, measure_benchmark
from sr_experiments.measuring.bicubic import Bicubic
from sr_experiments.measuring.subject import Subject
from sr_experiments.metrics.measure import Measure
from sr_experiments.report.table import score_table
from sr_experiments.way import Way
from sr_experiments.way import way as measuring


class Evaluation:
    """The benchmarks of one scale, read and degraded once, and how whatever is measured on them is measured."""

    def __init__(self, config: Config) -> None:
        self.benchmarks, self.unbuilt = _benchmarks(config)
        self.tile, self.ensemble = config["tile"], bool(config["self_ensemble"])
        self.each_band = bool(config["each_band"])
        self.samples = config["samples"] or 0
        self.measure = Measure(build(config, "protocol"), build_each(config, "metrics"), samples=self.samples)
        if self.samples < 0:
            raise ValueError(f"samples: expected a number of at least 1, or null, got {self.samples}")
        self.sampler = _sampler(config)
        if self.sampler and not self.samples:
            raise ValueError("sampler: settings of what is drawn; add samples=8, or another number")
        if self.samples and self.ensemble:
            raise ValueError("samples: a mean over flips is no sample; leave out self_ensemble or samples")
        if self.samples and self.each_band:
            raise ValueError("samples: a network that draws sees all bands at once; leave out each_band or samples")
        parts = {
            "each_band": self.each_band,
            "tiled": self.tile is not None,
            "self_ensemble": self.ensemble,
            "sample": self.samples,
        }
        drawn_with = [f"{name}_{value}" for name, value in self.sampler.items()]
        self.variant = "_".join([*(part for part, holds in parts.items() if holds), *drawn_with]) or "plain"
        self.bicubic = Bicubic(config, self.measure)

    def report(self, subject: Subject, folder: Path | None, *, trust: bool = False) -> list[str]:
        """Measure on every benchmark in turn, onto the terminal, and into a run directory where one is given.

        What was wrong with a benchmark or an image comes back in words; the others are measured. `trust`: validation
        images are looked for where the run's record says.
        """
        if folder:
            record.state(folder, subject.signature)
        enlarge = self._enlarger(subject)
        problems = [*self.unbuilt]
        for benchmark, way in self.benchmarks:
            try:
                result = measure_benchmark(self._results(enlarge, benchmark), benchmark, self.measure, way.key)
                problems += benchmark.problems
                if folder:
                    self._keep(result, way, subject, folder)
                    note_selection(folder, benchmark, trust=trust)
                self._show(result, subject, enlarge, benchmark, way)
            except (ValueError, OSError) as error:
                problems.append(f"{subject.name}: {error}")
        return problems

    def _enlarger(self, subject: Subject) -> Enlarger | OutputImages:
        if not isinstance(subject.network, OutputImages):
            if self.samples and not subject.network.noise_channels:
                raise ValueError(f"{subject.name}: samples={self.samples} of a network that draws none; leave them out")
            subject.network.set_sampler(self.sampler)
            if self.each_band and isinstance(subject.network.color, int):
                raise ValueError(f"{subject.name}: each_band is for networks of photographs: leave it out")
            return Enlarger(subject.network, tile=self.tile, ensemble=self.ensemble, each_band=self.each_band)
        if self.variant != "plain":
            raise ValueError("output images are measured as they are: leave out tile, self_ensemble and the like")
        return subject.network

    def _results(self, enlarge: Enlarger | OutputImages, benchmark: Benchmark) -> Callable[[Pair], Iterable[Result]]:
        if isinstance(enlarge, OutputImages):
            own = enlarge.of(benchmark.named)
            return lambda pair: [Result(self.variant, own(pair))]
        if self.samples:
            return partial(_samples, enlarge, self.samples, self.variant)
        return lambda pair: [Result(self.variant, enlarge(pair))]

    def _show(
        self, result: Measurements, subject: Subject, enlarge: Enlarger | OutputImages, benchmark: Benchmark, way: Way
    ) -> None:
        bicubic = [] if subject.name == "bicubic" else self.bicubic.rows(benchmark, way)
        for variant in dict.fromkeys(row["variant"] for row in result.rows):
            said = f"{benchmark.degradation_name}, {self.measure.protocol.name} protocol, {variant}"
            print("\n" + legible(f"{subject.name}: {benchmark.name} ×{benchmark.scale}, {said}"))
            if isinstance(enlarge, Enlarger) and enlarge.tiles:
                largest = max(benchmark.pairs, key=lambda pair: pair.low.numel())
                print(enlarge.tiling_cost(largest, self.measure.protocol))
            rows = [row for row in result.rows if row["variant"] == variant]
            print(score_table(rows, bicubic), flush=True)

    def _keep(self, result: Measurements, way: Way, subject: Subject, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with hold(folder):
            if not (folder / "run.json").exists():
                subject.begin(folder)
            record.add_scores(folder, result.rows, ways=dict([way]), **self.measure.about)
            own_scale = record.read_json(folder)["config"]["scale"]
            if self.variant in ("plain", "sample") and subject.network.scale == own_scale:
                write_crops(folder / "images", result.crops)


def _samples(enlarge: Enlarger, samples: int, variant: str, pair: Pair) -> Iterator[Result]:
    """Each sample of an image, then the mean of them."""
    total = torch.zeros(())
    for number in range(samples):
        sample = enlarge.sample(pair, number)
        total = total + sample
        yield Result(variant, sample, number)
    yield Result(f"{variant}_mean", total / samples)


def _benchmarks(config: Config) -> tuple[list[tuple[Benchmark, Way]], list[str]]:
    """The benchmarks that can be reached, each with its way of measuring, and what is wrong with the others."""
    found, problems = [], []
    for name, node in config["benchmark"].items():
        try:
            (benchmark,) = build_each({"benchmark": {name: node}}, "benchmark").values()
            found.append((benchmark, measuring(config, name, config["tile"], _drawing(config))))
        except ValueError as error:
            problems.append(str(error))
    if problems and not found:
        raise ValueError("\n".join(problems))
    return found, problems


def _drawing(config: Config) -> dict[str, Any]:
    """What is said of samples: how many, and with which settings other than the network's own."""
    settings = {"samples": config["samples"], "sampler": _sampler(config)}
    return {name: value for name, value in settings.items() if value}


def _sampler(config: Config) -> dict[str, Any]:
    return {name: value for name, value in config["sampler"].items() if value is not None}


def note_selection(folder: Path, benchmark: Benchmark, *, trust: bool) -> None:
    """Say in a run's record where `benchmark` has an image among those that chose its weights.

    The run may be a stranger's: nothing that its record names is opened, and a benchmark is known by lying in the
    folder that it names. With `trust`, validation images that are here still are read, and copies of them are found.
    """
    facts = record.read_json(folder)
    source, known = (facts["config"].get("data") or {}).get("val"), facts.get("selection_saw") or []
    if not facts.get("steps") or not isinstance(source, str | list) or benchmark.name in known:
        return
    try:
        chosen = image_files(source) if trust else _files_in(source, benchmark.files)
        leaks = whole_leaks(chosen, benchmark.files) if chosen else []
    except (ValueError, OSError):
        return
    if leaks:
        said = f"warning: {benchmark.name}: {leaks[0].test} chose the weights, as {leaks[0].train}"
        print(legible(said), file=sys.stderr)
        record.note_selection(folder, [benchmark.name])


def _files_in(source: str | list[Any], files: Sequence[ImageFile]) -> list[ImageFile]:
    """Those of some files that are a source or lie in one, by their paths alone."""
    given = [source] if isinstance(source, str) else source
    places = {Path(os.path.expanduser(str(place))).absolute() for place in given}  # noqa: PTH111 - refuses no name
    own = [file for file in files if isinstance(file, Path)]
    return [file for file in own if not places.isdisjoint([file.absolute(), *file.absolute().parents])]
