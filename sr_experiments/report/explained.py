"""What sr-explain says of the crops of the best experiments, asked of a process that has torch."""

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from sr_experiments.report.crops import Crop, find_crops
from sr_experiments.report.leaderboard import Leaderboard

EXPERIMENTS, CROPS = 6, 2  # the best ones, on the images on which they differ most


class Explanation(NamedTuple):
    """An experiment's explanation of one image: the numbers of sr-explain, and its picture as an address of data."""

    experiment: str
    image: str
    facts: dict[str, Any]
    picture: str


class Explained(NamedTuple):
    """The explanations of a leaderboard, and what could not be explained."""

    found: list[Explanation]
    problems: list[str]

    @property
    def rows(self) -> list[tuple[str, float, float, float | None, float]]:
        """For each experiment its means over images: diffusion index, effective field, theoretical field, followed."""
        names = dict.fromkeys(each.experiment for each in self.found)
        return [_row(name, [each.facts for each in self.found if each.experiment == name]) for name in names]

    @property
    def images(self) -> list[str]:
        """The images that were explained."""
        return list(dict.fromkeys(each.image for each in self.found))

    def spectra(self) -> dict[str, dict[str, list[float]]]:
        """For each experiment, of all its images: the error's power as a share of the original's, by frequency."""
        spectra: dict[str, list[dict[str, list[float]]]] = {}
        for each in self.found:
            spectra.setdefault(each.experiment, []).append(each.facts["spectrum"])
        return {name: _shares(of_images) for name, of_images in spectra.items()}


def _row(name: str, facts: list[dict[str, Any]]) -> tuple[str, float, float, float | None, float]:
    means = [fmean(each[key] for each in facts) for key in ("diffusion_index", "effective_receptive_field")]
    followed = fmean(each["spectrum"]["followed"] for each in facts)
    return name, means[0], means[1], facts[0]["receptive_field"], followed


def _shares(spectra: list[dict[str, list[float]]]) -> dict[str, list[float]]:
    sums = [
        [sum(powers) for powers in zip(*(each[key] for each in spectra), strict=True)] for key in ("error", "original")
    ]
    shares = [error / max(original, 1e-30) for error, original in zip(*sums, strict=True)]
    return {"frequency": spectra[0]["frequency"], "share": shares}


def explain_boards(boards: Sequence[Leaderboard]) -> list[Explained]:
    """The best experiments of each leaderboard on its first crops; nothing is written into any run."""
    with tempfile.TemporaryDirectory() as folder:
        return [_explained(board, Path(folder)) for board in boards]


def _explained(board: Leaderboard, folder: Path) -> Explained:
    asked = _asked(board, find_crops(board)[:CROPS], folder)
    if not asked:
        return Explained([], [])
    command = [sys.executable, "-m", "sr_experiments.explaining.of_crops"]
    given = json.dumps([request for _, _, request in asked])
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise ValueError(f"--explain: explaining ended with code {done.returncode}")
    said = list(zip(asked, json.loads(done.stdout), strict=True))
    problems = [f"{name}, {image}: {facts['error']}" for (name, image, _), facts in said if "error" in facts]
    found = [
        Explanation(name, image, facts, _address(Path(request["picture"])))
        for (name, image, request), facts in said
        if "error" not in facts
    ]
    return Explained(found, problems)


def _asked(board: Leaderboard, crops: Sequence[Crop], folder: Path) -> list[tuple[str, str, dict[str, str]]]:
    names = [row.name for row in board.rows[:EXPERIMENTS]]
    runs = {run.folder for row in board.rows for run in row.experiment.finished}
    asked = []
    for crop in crops:
        for name in filter(crop.outputs.__contains__, names):
            output = crop.outputs[name]
            run = next(each for each in output.parents if each in runs)
            files = {key: str(output.with_name(f"{key}.png")) for key in ("input", "target")}
            picture = str(folder / f"{len(asked)}.webp")
            asked.append((name, crop.image, {"run": str(run), **files, "picture": picture}))
    return asked


def _address(path: Path) -> str:
    return f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
