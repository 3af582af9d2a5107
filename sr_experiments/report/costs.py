"""What an experiment costs: parameters, multiply-adds, latency, training time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Any, NamedTuple

from sr_experiments.report.runs import Experiment


class Cost(NamedTuple):
    """A kind of cost: its key, what it is called, and how it is written."""

    key: str
    title: str
    unit: str


COSTS = (
    Cost("parameters", "parameters", ""),
    Cost("multiply_adds", "multiply-adds", ""),
    Cost("latency_ms", "latency", "ms"),
    Cost("train_seconds", "training", "s"),
)


def costs(experiment: Experiment, conditions: str | None) -> dict[str, float | None]:
    """What one experiment costs; the latency is that under `conditions` alone."""
    timings = [run.record.get("timings") or {} for run in experiment.finished]
    seconds = [spent["train_seconds"] for spent in timings if spent.get("train_seconds") is not None]
    latencies = [latency for run in experiment.runs for latency in _latencies(run.record, conditions)]
    return {
        "parameters": experiment.facts.get("parameters"),
        "multiply_adds": experiment.facts.get("multiply_adds"),
        "latency_ms": median(latencies) if latencies else None,
        "train_seconds": mean(seconds) if seconds else None,
    }


def usual_conditions(experiments: Iterable[Experiment]) -> str | None:
    """The conditions under which most of the experiments were profiled: latencies under others don't compare."""
    found = Counter(
        condition
        for experiment in experiments
        for condition in {
            _condition(run.record, profile) for run in experiment.runs for profile in _profiles(run.record)
        }
    )
    return found.most_common(1)[0][0] if found else None


def _latencies(facts: dict[str, Any], conditions: str | None) -> list[float]:
    return [profile["latency_ms"] for profile in _profiles(facts) if _condition(facts, profile) == conditions]


def _profiles(facts: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return facts.get("profiles") or []


def _condition(facts: dict[str, Any], profile: dict[str, Any]) -> str:
    """Such as `cpu (AMD EPYC), 2 threads, float32, input 427×240`."""
    height, width = profile["input"][-2:]
    processor = (facts.get("machine") or {}).get("processor") or "unknown"
    device = f"cpu ({processor})" if profile["device"] == "cpu" else profile["device"]
    return f"{device}, {profile['threads']} threads, {profile['precision']}, input {width}×{height}"


def short(value: float | None, unit: str = "") -> str:
    """A cost for people: `24.7K`, `2.49G`, `3.1 h`, `12.3 ms`; a dash where it is not known."""
    if value is None:
        return "–"
    if unit == "s":
        return _duration(value)
    if unit:
        return f"{value:.3g} {unit}"
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.0f}"


def _duration(seconds: float) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
