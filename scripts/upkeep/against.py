"""scripts/upkeep/against.py ONE OTHER: PSNR of two experiments of docs/results on the images that both measured.

For an experiment whose record is older than the keys by which sr-compare keeps unlike measurements apart: whether both
were measured alike is yours to say.
"""

import sys
from pathlib import Path

from sr_experiments.report.runs import Run, read_runs
from sr_experiments.report.statistics import Scores, correct, difference, verdict

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ours, theirs = (read_runs([RESULTS / name])[0] for name in sys.argv[1:])
    sets = sorted({row["benchmark"] for run in ours for row in run.scores})
    found = [difference(scores(ours, name), scores(theirs, name)) for name in sets]
    for name, each in zip(sets, correct(found), strict=True):
        print(f"{name}: {verdict(each)}")


def scores(runs: list[Run], benchmark: str) -> Scores:
    """PSNR by seed and image."""
    wanted = ("psnr", benchmark)
    return {
        run.record["seed"]: {
            row["image"]: float(row["value"]) for row in run.scores if (row["metric"], row["benchmark"]) == wanted
        }
        for run in runs
    }


if __name__ == "__main__":
    main()
