"""Commands from an empty start until they answer, and to a first step, beside importing torch and Lightning."""

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from _rounds import Spent, figure, finish, in_turn, options, spent

RUNS = Path(__file__).resolve().parents[2] / "docs" / "results" / "espcn_x3"
IMPORTS = "import sr_experiments, torch, pytorch_lightning"  # ours cures a torchvision that can't be imported
ONE_STEP = ["trainer.max_steps=1", "trainer.val_check_interval=1", "benchmark=[]", "model.encoder.features=8"]
COMMANDS = {  # what each may take, in CPU seconds
    IMPORTS: (["-c", IMPORTS], None),
    "sr-train --help": (["-m", "sr_experiments.train", "--help"], 0.5),
    "sr-train --cfg job": (["-m", "sr_experiments.train", "--cfg", "job"], 0.5),
    "sr-compare RUNS": (["-m", "sr_experiments.compare", str(RUNS)], None),
    "sr-models": (["-m", "sr_experiments.models"], None),
    "sr-train of one step": (["-m", "sr_experiments.train", *ONE_STEP], None),
}


def run(folder: str, arguments: list[str]) -> Spent:
    """What a command takes; a training begins anew each time."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        return spent(partial(subprocess.run, [sys.executable, *arguments], cwd=place, check=True, capture_output=True))


def main() -> None:
    parser = options("start", __doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each command, in turn (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ways = {name: partial(run, folder, command) for name, (command, _) in COMMANDS.items()}
        found = in_turn(ways, arguments.rounds)
    figures = [
        figure(f"{name}, CPU", [each.cpu for each in found[name]], "s", promised)
        for name, (_, promised) in COMMANDS.items()
    ]
    figures += [figure(f"{name}, elapsed", [each.elapsed for each in found[name]], "s") for name in COMMANDS]
    finish(__doc__, figures, arguments.json)


if __name__ == "__main__":
    main()
