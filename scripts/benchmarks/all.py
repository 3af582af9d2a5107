"""Every benchmark that needs no file of yours, again: which promises fail, which figures left the rounds on record."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RECORDS = HERE.parents[1] / "docs" / "results"
NAMES = ("resize", "ssim", "start", "memory", "compare", "data", "sweep", "ddp", "evaluate", "grow", "train")


def moved(before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Figures off by over a twentieth, every round outside the record's; seconds of the same machine alone."""
    known = {part["name"]: part for part in before["figures"]}
    same = before["machine"] == now["machine"]
    for part in now["figures"]:
        old = known.get(part["name"])
        if not old or (part["unit"] and not same):
            continue
        outside = part["low"] > old["high"] or part["high"] < old["low"]
        if outside and abs(part["value"] - old["value"]) > old["value"] / 20:
            yield f"{part['name']}: {old['value']:g}, now {part['value']:g} {part['unit']}".rstrip()


def again(name: str, folder: Path) -> list[str]:
    """Run a benchmark; what is to be said of it."""
    file, record = folder / f"{name}.json", RECORDS / f"bench_{name}.json"
    command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(file)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = (done.stderr.strip().splitlines() or [f"ended with code {done.returncode}"])[-1:] * bool(done.returncode)
    before, now = (json.loads(path.read_text()) if path.exists() else {} for path in (record, file))
    if not ("figures" in before and "figures" in now):
        return [*said, "no record to compare with"]
    return [*said, *moved(before, now)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench all", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of these alone: {', '.join(NAMES)}")
    names = parser.parse_args().names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: expected of {', '.join(NAMES)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            began = time.monotonic()
            said = again(name, Path(folder))
            print(f"{name} ({time.monotonic() - began:.0f} s): {'; '.join(said) or 'as on record'}", flush=True)


if __name__ == "__main__":
    main()
