"""scripts/upkeep/results.py: the table of trained networks, in Markdown, from the records in docs/results."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from scipy.stats import t

from sr_experiments import record
from sr_experiments.data.known.catalogue import known_set
from sr_experiments.report.leaderboard import Leaderboard, Row, leaderboards
from sr_experiments.report.runs import Experiment, Run, experiments, read_runs

RESULTS = Path(__file__).parents[2] / "docs" / "results"
RECIPES = Path(__file__).parents[2] / "conf" / "experiment"
LEAST = 3  # seeds of which a difference is said
SETS = ("set5", "set14", "bsd100")
HEADER = ["", "trained on", "parameters", "steps", "minutes", "seeds", "Set5", "Set14", "BSD100"]


def table() -> str:
    """A row for each recipe with records of these sets, in the order of their names."""
    names = sorted(path.stem for path in RECIPES.glob("*.yaml"))
    runs, _ = read_runs([RESULTS / name for name in names if (RESULTS / name).is_dir()])
    photographic = [each for each in experiments(runs) if _is_standard(each.facts)]
    found = sorted(photographic, key=lambda experiment: names.index(_recipe(experiment)))
    boards = leaderboards(found)
    rows = [_cells(experiment, boards) for experiment in found]
    return "\n".join(f"| {' | '.join(line)} |" for line in [HEADER, ["---"] * 2 + ["---:"] * 7, *rows])


def _is_standard(facts: record.Record) -> bool:
    return set(SETS) <= set(facts["config"]["benchmark"]) and facts["choices"]["protocol"] == "standard"


def _recipe(experiment: Experiment) -> str:
    return experiment.facts["choices"]["experiment"]


def _cells(experiment: Experiment, boards: Sequence[Leaderboard]) -> list[str]:
    facts = experiment.facts
    minutes = min(run.record["timings"]["train_seconds"] for run in experiment.finished) / 60
    costs = [f"{facts['parameters']:,}", f"{facts['steps']:,}", f"{minutes:.0f}", str(len(experiment.finished))]
    rows = {board.setting["benchmark"]: row for board in boards for row in board.rows if row.experiment == experiment}
    return [
        f"`{_recipe(experiment)}`",
        _learnt_from(facts),
        *costs,
        *(_score(experiment, rows[name], name) for name in SETS),
    ]


def _learnt_from(facts: record.Record) -> str:
    train = facts["config"]["data"]["train"]
    folders = [train["source"]] if isinstance(train["source"], str) else train["source"]
    names = " + ".join(known_set(Path(folder).name).folder for folder in folders)
    return f"{names}, also smaller" if train.get("smaller") else names


def _score(experiment: Experiment, row: Row, benchmark: str) -> str:
    """Ours, and beside it the published score, which is one number: how far ours is from it is said of three seeds."""
    seeds = [_mean(run, benchmark) for run in experiment.finished]
    ours = f"**{fmean(seeds):.2f}**"
    if not row.published:
        return ours
    star = "\\*" if any("training" in mark for mark in row.marks) else ""
    return f"{ours} ({row.published.psnr:.2f}{star}{_off(seeds, row.published.psnr)})"


def _mean(run: Run, benchmark: str) -> float:
    """PSNR by the protocol of the recipes, of records with keys of their measurements and of older ones alike."""
    wanted = (benchmark, "psnr", "standard", "plain")
    scores = ((row["benchmark"], row["metric"], row["protocol"], row["variant"], row["value"]) for row in run.scores)
    return fmean(float(value) for *known, value in scores if tuple(known) == wanted)


def _off(seeds: Sequence[float], published: float) -> str:
    if len(seeds) < LEAST:
        return ""
    off = fmean(seeds) - published
    half = float(t.ppf(0.975, len(seeds) - 1)) * stdev(seeds) / sqrt(len(seeds))
    return f": {off:+.2f} [{off - half:+.2f}, {off + half:+.2f}]"


if __name__ == "__main__":
    print(table())
