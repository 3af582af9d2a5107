"""scripts/upkeep/learning.py: tables of few images, domains and degradations for docs/results.md, from its records."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from sr_experiments.report.curves import lines
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.learning import domains
from sr_experiments.report.runs import Experiment, Run, experiments, read_runs
from sr_experiments.report.statistics import Difference, Scores, correct, difference

RESULTS = Path(__file__).parents[2] / "docs" / "results"
ASIDE = (
    "sweep=",
    "name=",
    "seed=",
    "output_dir=",
    "data.images=",
    "degradation",
    "augmentation=none",
    "model.width=24",
)
WIDTHS = (64, 24, 8)


def sizes() -> str:
    """Above bicubic interpolation by width and images; below, how the gap stood after the last step, by seed."""
    found = experiments(read_runs([RESULTS / "little_data"])[0])
    (bicubic,) = (each for each in found if each.facts["choices"]["model"] == "bicubic")
    learnt = {(width_of(each), images_of(each.facts)): each for each in found if each is not bicubic}
    gains = [difference(scores(each.runs), scores(bicubic.runs), (True, False)) for each in learnt.values()]
    sure = dict(zip(learnt, correct(gains), strict=True))
    columns = sorted({images for _, images in learnt})
    rows = [[f"width {width}", *(cell(sure[width, images]) for images in columns)] for width in WIDTHS]
    gaps = [[f"width {width}, gap", *(gap(learnt[width, images].runs) for images in columns)] for width in WIDTHS]
    return table(["", *(f"{images} images" for images in columns)], [*rows, *gaps])


def helps() -> str:
    """What each setting gains over none, seed by seed on the same images, in a column for each number of these."""
    runs, _ = read_runs([RESULTS / "little_data", RESULTS / "regularisation"])
    groups: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        if run.record["choices"]["model"] != "bicubic":
            groups[column_of(run)][setting_of(run)].append(run)
    columns = sorted(groups, key=lambda name: (len(name.split()), int(name.split()[0])))
    gained = {column: gains(groups[column]) for column in columns}
    settings = list(dict.fromkeys(name for column in columns for name in sorted(groups[column])))
    few = groups[columns[0]]
    rows = [
        [
            f"`{name}`" if name else "none of these",
            *(cell(gained[column].get(name)) for column in columns),
            gap(few[name]) if name in few else "",
        ]
        for name in settings
    ]
    return table(["", *columns, f"gap, {columns[0]}"], rows)


def matrix(folder: str, axis: str, column: str) -> str:
    """What was learnt from one set or degradation (`axis`) is worth on each `column`, above bicubic interpolation."""
    compared = experiments(read_runs([RESULTS / folder])[0])
    boards = leaderboards(compared)
    found = domains(boards, [board.setting[column] for board in boards])
    assert found is not None
    learnt = {each.name: each.facts["choices"].get(axis) for each in compared}
    rows = [
        [str(learnt[name]), *("" if one is None else f"**{one.text}**" if one.shown else one.text for one in cells)]
        for name, cells in found.rows.items()
    ]
    return table(["learnt from", *found.columns], rows)


def gains(settings: Mapping[str, list[Run]]) -> dict[str, Difference]:
    """Of one column, corrected together."""
    plain = scores(settings[""])
    found = {name: paired(scores(runs), plain) for name, runs in settings.items() if name}
    return dict(zip(found, correct(list(found.values())), strict=True))


def paired(ours: Scores, theirs: Scores) -> Difference:
    """Of runs whose seeds drew the same images: their differences, against what no seed changes."""
    apart = {seed: {image: ours[seed][image] - theirs[seed][image] for image in theirs[seed]} for seed in theirs}
    return difference(apart, {0: dict.fromkeys(apart[0], 0.0)}, (True, False))


def scores(runs: list[Run]) -> Scores:
    """PSNR by seed and image."""
    return {run.record["seed"]: {row["image"]: float(row["value"]) for row in run.scores} for run in runs}


def width_of(experiment: Experiment) -> int:
    """Of its features."""
    return experiment.facts["config"]["model"]["width"]


def images_of(facts: Mapping) -> int:
    """How many it learnt from."""
    return facts["config"]["data"]["images"]


def column_of(run: Run) -> str:
    """How many images a run learnt from, and of what."""
    degradation = run.record["choices"]["degradation"]
    return f"{images_of(run.record)} images" + f", {degradation}" * (degradation != "bicubic")


def setting_of(run: Run) -> str:
    """What a run was told beside that."""
    told = (each for each in run.record["command"][1:] if each != "+model.dropout=0")
    return " ".join(each for each in told if not each.startswith(ASIDE))


def gap(runs: list[Run]) -> str:
    """Of each seed, after the last step."""
    ordered = sorted(runs, key=lambda run: run.record["seed"])
    last = [lines(Experiment("", [run]))["gap"].mean[-1] for run in ordered]
    return ", ".join(f"{value:.2f}" for value in last)


def cell(found: Difference | None) -> str:
    """A difference and its interval, in bold where it is shown."""
    if found is None:
        return ""
    text = f"{found.mean:+.2f} [{found.low:.2f}, {found.high:.2f}]"
    return f"**{text}**" if found.shown else text


def table(header: list[str], rows: list[list[str]]) -> str:
    """In Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, ["---", *["---:"] * (len(header) - 1)], *rows])


def tables() -> list[str]:
    """All of them, as docs/results.md shows them."""
    matrices = matrix("domains", "data", "benchmark"), matrix("mismatch", "degradation", "degradation")
    return [sizes(), helps(), *matrices]


if __name__ == "__main__":
    print(*tables(), sep="\n\n")
