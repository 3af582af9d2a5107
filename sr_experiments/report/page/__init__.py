"""The comparison page: one HTML file that needs nothing else."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from sr_experiments.report import crops
from sr_experiments.report.explained import Explained
from sr_experiments.report.leaderboard import Leaderboard
from sr_experiments.report.learning import domains
from sr_experiments.report.page.content import colors, content
from sr_experiments.report.page.tables import label, tables
from sr_experiments.report.runs import Experiment, Problem
from sr_experiments.tables import write_text

PICTURES = ("inside", "beside", "none")
FOLDER = Path(__file__).parent


def write_page(
    path: Path,
    experiments: Sequence[Experiment],
    boards: Sequence[Leaderboard],
    problems: Sequence[Problem] = (),
    *,
    pictures: str = "inside",
    version: str = "",
    explained: Sequence[Explained] = (),
) -> None:
    """Write leaderboards, figures and the same crops of every experiment into one file.

    `pictures` are `inside` the file, as many as fit into a page that opens quickly; all of them in a folder `beside`
    it; or `none`. A page with a `version` asks the server that it came from for a newer one. `explained`:
    what is said of each board.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    files, shown = _pictures(path, boards, pictures)
    matrix = domains(boards, [label(board, boards) for board in boards])
    everything = {**content(experiments, boards, shown), "version": version}
    everything["explained"] = [each.spectra() for each in explained]
    environment = Environment(loader=PackageLoader("sr_experiments.report", "page"), autoescape=True, trim_blocks=True)
    html = environment.get_template("page.html.j2").render(
        summary=_summary(experiments),
        experiments=[experiment.name for experiment in experiments],
        runs=[run["label"] for run in everything["runs"]],
        tables=tables(boards, experiments, colors(experiments, boards)),
        unfinished=[
            (each.name, run) for each in experiments for run in each.runs if run.record["status"] != "finished"
        ],
        problems=problems,
        matrix=matrix,
        explained=explained,
        planes=any(everything["planes"]),
        learning=matrix or any(everything["learning"]) or any("gap" in curves for curves in everything["curves"]),
        style=_source("style.css"),
        component=_source("components/img-comparison-slider.js"),
        script=Markup("\n").join(_source(file.name) for file in sorted(FOLDER.glob("*.js"))),
        plotly=_plotly(),
        content=packed(json.dumps(everything, allow_nan=False)),
        pictures=Markup(json.dumps(files).replace("<", "\\u003c")),
    )
    write_text(path, html)


def packed(text: str) -> Markup:
    """Text in less than half of its size, with nothing in it that could be HTML."""
    return Markup(base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode())


@cache
def _plotly() -> Markup:
    from plotly.offline import get_plotlyjs

    return packed(get_plotlyjs())


def _source(name: str) -> Markup:
    return Markup((FOLDER / name).read_text(encoding="utf-8"))


def _summary(experiments: Sequence[Experiment]) -> list[str]:
    runs = [run for experiment in experiments for run in experiment.runs]
    finished = sum(run.record["status"] == "finished" for run in runs)
    states = f"{finished} of {len(runs)} runs finished" if finished < len(runs) else f"{len(runs)} runs"
    return [
        f"{len(experiments)} experiments",
        states,
        time.strftime("%Y-%m-%d %H:%M"),
        f"sr_experiments {version_of('sr_experiments')}",
    ]


def _pictures(path: Path, boards: Sequence[Leaderboard], where: str) -> tuple[crops.Pictures, list[dict[str, Any]]]:
    """Every picture of the page by its key, and each leaderboard's crops as keys."""
    files: crops.Pictures = {}
    everything = [crops.find_crops(board) if where != "none" else [] for board in boards]
    if where == "beside":
        keep, chosen = crops.copy_to(files, path.with_name(f"{path.stem}_pictures")), everything
    else:
        keep, chosen = crops.embed(files), crops.select_crops(boards, everything)
    return files, [
        {"crops": [_keyed(crop, keep) for crop in some], "of": len(all_of_them)}
        for some, all_of_them in zip(chosen, everything, strict=True)
    ]


def _keyed(crop: crops.Crop, keep: Callable[[Path], str]) -> dict[str, Any]:
    outputs = {name: keep(path) for name, path in crop.outputs.items()}
    strips = {name: {key: keep(path) for key, path in strip.items()} for name, strip in crop.strips.items()}
    files = {"input": keep(crop.input), "target": keep(crop.target), "outputs": outputs, "strips": strips}
    return {"image": crop.image, **files}
