"""What papers print: PSNR and SSIM on Y of bicubic (MATLAB) degradation, as collected in published.csv.

`evidence` there says whether a figure was read in the paper or its repository, or is from memory.
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple


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


def _differences(score: PublishedScore, protocol: str, training_data: str) -> list[str]:
    differences = [] if score.protocol == protocol else [f"published by the protocol {score.protocol}"]
    if score.training_data and training_data and name_of(score.training_data) != name_of(training_data):
        differences.append(f"published after training on {score.training_data}")
    return differences
