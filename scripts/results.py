"""scripts/results.py: the table of trained networks, in Markdown, from the records in docs/results."""

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev

from scipy.stats import t

from sr_experiments.report.leaderboard import Leaderboard, Row, leaderboards
from sr_experiments.report.runs import Experiment, experiments, read_runs

RESULTS = Path(__file__).parents[1] / "docs" / "results"
SETS = ("set5", "set14", "bsd100")
HEADER = ["experiment", "Set5", "Set14", "BSD100", "parameters", "steps", "core-minutes", "seeds"]


def table() -> str:
    """A row for each experiment with a record, in the order of their names."""
    runs, _ = read_runs(sorted(RESULTS.glob("*_x[234]*")))
    found = experiments(runs)
    boards = leaderboards(found)
    rows = sorted((_cells(experiment, boards) for experiment in found), key=lambda cells: cells[0])
    return "\n".join(f"| {' | '.join(line)} |" for line in [HEADER, ["---"] + ["---:"] * (len(HEADER) - 1), *rows])


def _cells(experiment: Experiment, boards: Sequence[Leaderboard]) -> list[str]:
    facts = experiment.facts
    scale = str(facts["config"]["scale"])
    measured = {board.setting["benchmark"]: board for board in boards if board.setting["scale"] == scale}
    rows = [next(row for row in measured[name].rows if row.experiment == experiment) for name in SETS]
    minutes = fmean(run.record["timings"]["train_seconds"] for run in experiment.finished) / 60
    costs = [f"{facts['parameters']:,}", f"{facts['steps']:,}", f"{minutes:.0f}", str(len(experiment.finished))]
    return [f"`{facts['choices']['experiment']}`", *map(_score, rows), *costs]


def _score(row: Row) -> str:
    """Ours, and how far it is from the published score, which is one number: the interval is that of our seeds."""
    ours = f"**{row.means['psnr']:.2f}**"
    if not row.published:
        return f"{ours} (none published)"
    seeds = [fmean(images.values()) for images in row.values["psnr"].values()]
    off = fmean(seeds) - row.published.psnr
    if len(seeds) == 1:
        return f"{ours} ({row.published.psnr:.2f}: {off:+.2f})"
    half = float(t.ppf(0.975, len(seeds) - 1)) * stdev(seeds) / sqrt(len(seeds))
    return f"{ours} ({row.published.psnr:.2f}: {off:+.2f} [{off - half:+.2f}, {off + half:+.2f}])"


if __name__ == "__main__":
    print(table())
