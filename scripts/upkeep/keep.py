"""scripts/upkeep/keep.py FOLDER RUN…: keep the records of finished runs (config, scores, curves) in FOLDER."""

import sys
from pathlib import Path

from sr_experiments import record, tables

KEPT = ("config.yaml", "run.json", "scores.csv", "metrics.csv")


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder, *places = map(Path, sys.argv[1:])
    for run in record.find_runs(places):
        if record.read(run)["status"] == "finished":
            keep(run, folder / run.name)


def keep(run: Path, folder: Path) -> None:
    """Copy a run's record, its paths as they are seen from the working directory and from the code that made it."""
    folder.mkdir(parents=True, exist_ok=True)
    code = Path(record.read(run)["command"][0]).absolute().parents[1]
    for name in KEPT:
        if not (run / name).exists():  # what was only measured has no curves
            continue
        text = (run / name).read_text(encoding="utf-8")
        for place in (Path.cwd(), code):
            text = text.replace(f"{place}/", "")
        tables.write_text(folder / name, text)
    print(folder)


if __name__ == "__main__":
    main()
