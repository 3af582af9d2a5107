"""One job of a sweep: a fresh process that is started, waited for, and accounted for."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sr_experiments import record
from sr_experiments.sweep.plan import Job

RANK_VARIABLES = ("RANK", "LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "PL_GLOBAL_SEED")


def run(job: Job, command: Sequence[str], threads: int, told: Mapping[str, str] | None = None) -> record.Record:
    """Run a job's own command in a fresh process, printing into its `console.log`; the record that it leaves.

    A process that ends without a word, of whatever, is recorded as failed and costs this job alone.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in RANK_VARIABLES}
    environment |= {"OMP_NUM_THREADS": str(threads), **(told or {})}
    output = f"output_dir='{str(job.folder).replace(chr(39), chr(92) + chr(39))}'"
    with (job.folder / "console.log").open("ab") as console:
        done = subprocess.run(
            [*command, output], env=environment, stdout=console, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode and _ended_silently(job.folder):
        if not (job.folder / "run.json").exists():
            record.begin(job.folder, job.config, job.signature, job.choices)
        error = f"exit code {done.returncode}: {_last_words(job.folder / 'console.log')}"
        record.update(job.folder, status="failed", error=error, ended=record.now())
    return record.read(job.folder)


def command_line(module: str, flags: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The command that runs a single job of a Hydra application."""
    return [sys.executable, "-m", module, *flags, *overrides]


def _ended_silently(folder: Path) -> bool:
    return not (folder / "run.json").exists() or record.read(folder)["status"] in ("running", "interrupted")


def _last_words(path: Path) -> str:
    """What a command refused, or else the last line that it printed."""
    printed = "\n" + path.read_text(encoding="utf-8", errors="replace").strip()
    _, refused, words = printed.rpartition("\nerror: ")
    return words if refused else words.rpartition("\n")[2] or "nothing was printed"
