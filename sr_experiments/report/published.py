"""What papers print: PSNR and SSIM on Y of bicubic (MATLAB) degradation, as collected in published.csv.

`evidence` there says whether a figure was read in the paper or its repository, or is from memory.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sr_experiments.record import Record
from sr_experiments.report.names import flat
from sr_experiments.report.networks import read_facts

IMAGES = {"set5": 5, "set14": 14, "bsd100": 100, "urban100": 100, "manga109": 109}
DEGRADATION = {"standard": "bicubic", "classic": "bicubic_y"}  # what low-resolution images of a protocol are made by
ROUNDING = {"standard": "rgb", "classic": "y"}
TRAINING = ("skip", "normalization", "gain", "icnr")  # settings of a network that help it to learn


class PublishedScore(NamedTuple):
    """A row of published.csv; `network` and `benchmark` as conf/ spells them, `psnr` in dB."""

    network: str
    training_data: str
    scale: int
    benchmark: str
    protocol: str
    psnr: float
    ssim: float | None
    evidence: str
    note: str


def name_of(title: str) -> str:
    """A published name as conf/ spells it: `EDSR-baseline` is `edsr_baseline`."""
    return title.lower().replace("-", "_").replace("+", "_")


@cache
def published_scores() -> list[PublishedScore]:
    """Every published score that the package knows."""
    with Path(__file__).with_name("published.csv").open(newline="", encoding="utf-8") as file:
        return [_score(row) for row in csv.DictReader(file)]


def _score(row: dict[str, str]) -> PublishedScore:
    return PublishedScore(
        network=name_of(row["model"]),
        training_data=re.sub(r"\b91\b", "T91", row["training_data"]),
        scale=int(row["scale"]),
        benchmark=name_of(row["benchmark"]),
        protocol=row["protocol"],
        psnr=float(row["psnr_y_db"]),
        ssim=float(row["ssim_y"]) if row["ssim_y"] else None,
        evidence=row["evidence"],
        note=row["note"],
    )


def published(
    network: str, scale: float, benchmark: str, protocol: str, training_data: str = ""
) -> tuple[PublishedScore, list[str]] | None:
    """The published score of a network at this scale on this set, and what makes it another measurement, in words.

    Of several, the one that differs least. Training data are compared where both sides name theirs.
    """
    scores = [score for score in published_scores() if score[0] == name_of(network) and score.scale == scale]
    marked = [
        (score, _differences(score, protocol, training_data))
        for score in scores
        if score.benchmark == name_of(benchmark)
    ]
    return min(marked, key=lambda pair: len(pair[1])) if marked else None


def published_comparison(
    record: Record, setting: Mapping[str, str], way: Mapping[str, Any], count: int
) -> tuple[PublishedScore, list[str]] | None:
    """The published score of what a row of a leaderboard measured, and what differs; None where it measured another.

    `way` holds the settings of the row's key, as far as they are known; `count` is the number of images.
    """
    network, data = (record["choices"].get(choice) or "" for choice in ("model", "data"))
    protocol, benchmark, scale = setting["protocol"], setting["benchmark"], float(setting["scale"])
    own = read_facts()["networks"].get(network, {}).get("settings", {})
    changed = _changed(own, record["config"].get("model"))
    known = (
        setting["variant"] == "plain"
        and setting["degradation"] in ("bicubic", DEGRADATION.get(protocol))
        and count >= IMAGES.get(benchmark, 1)
        and _is_standard(way.get("protocol"), protocol, scale)
        and all(key.rpartition(".")[2] in TRAINING for key in changed)
    )
    found = published(network, scale, benchmark, protocol, data) if known else None
    return found and (found[0], [*found[1], *(f"published after training with {key}={own[key]}" for key in changed)])


def _changed(own: Mapping[str, Any], model: Any) -> list[str]:
    """The network's own settings that a record has otherwise; what an older record lacks was not there to change."""
    given = flat(model) if isinstance(model, dict) else {}
    return [key for key, value in own.items() if key in given and given[key] != value]


def _is_standard(protocol: Any, name: str, scale: float) -> bool:
    """Whether a protocol is what its name says, as far as it is known."""
    if not isinstance(protocol, dict) or name not in ROUNDING:
        return True
    expected = {"color": "y", "rounding": ROUNDING[name], "shave": scale}
    return all(protocol.get(key, value) == value for key, value in expected.items())


def _differences(score: PublishedScore, protocol: str, training_data: str) -> list[str]:
    differences = [] if score.protocol == protocol else [f"published by the protocol {score.protocol}"]
    if score.training_data and training_data and name_of(score.training_data) != name_of(training_data):
        differences.append(f"published after training on {score.training_data}")
    return differences
