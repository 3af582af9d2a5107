"""One job of a sweep: a process that is started, watched, and accounted for. Runs wherever an executor places it."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from sr_experiments import record
from sr_experiments.environment import RANKS
from sr_experiments.lock import BusyError, hold, is_locked
from sr_experiments.sweep import start
from sr_experiments.sweep.plan import Job

# What another run, a rank or a scheduler left in the environment, and Lightning or W&B would take for the job's own.
FOREIGN = (*RANKS, "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "PL_GLOBAL_SEED", "WANDB_RUN_ID", "WANDB_SERVICE")
FOREIGN_PREFIXES = ("SLURM_", "SUBMITIT_", "TORCHELASTIC_", "OMPI_", "PMIX_", "JSM_")

Retry = Literal["failed", "none", "all"]
# Which bad ends the same command tries again, of a grid's jobs and a search's trials; what was interrupted goes on.
RETRIED = {"none": (), "failed": ("failed",), "all": ("failed", "diverged", "pruned")}

_GRACE = 60.0
_PAUSE = 0.1


class Command(NamedTuple):
    """How every job of a sweep is run: the command's `module` and `flags`, and what its environment has besides.

    `way`: `fork` or `fresh`, see `start`. `timeout`: seconds, or none. `retry`: which jobs that ended badly before the
    sweep run again.
    """

    module: str
    flags: Sequence[str]
    environment: dict[str, str]
    way: Literal["fork", "fresh"]
    timeout: float | None
    retry: Retry


class Task(NamedTuple):
    """A job of a sweep: its `overrides`, and what its `environment` has of its own.

    `stop`: a file whose existence asks the job to end. `since`: when the sweep began.
    """

    job: Job
    command: Command
    overrides: Sequence[str]
    environment: dict[str, str]
    stop: Path
    since: str


def run(task: Task) -> record.Record:
    """Run a job unless that is done already; the record that it leaves, or what was found.

    Waits for a job that another sweep runs. A process that ends without a word, of whatever, is recorded as failed.
    """
    folder = task.job.folder
    while not task.stop.exists() and (is_locked(folder) or is_due(task)):
        if is_locked(folder):
            time.sleep(_PAUSE)
        elif result := _run_once(task):
            return result
    return job_record(folder)


def _run_once(task: Task) -> record.Record | None:
    """Run a job's process to its end; the record, or None where another process was before it."""
    folder = task.job.folder
    folder.mkdir(parents=True, exist_ok=True)
    before = _text(folder)
    code, ending = _run_process(task)
    if not code:
        return job_record(folder)
    with suppress(BusyError), hold(folder):
        if code != os.EX_TEMPFAIL:
            return _record_end(task.job, code, ending, before == _text(folder))
    return None


def is_due(task: Task) -> bool:
    """Whether a job has still to be run."""
    status = task.job.state()
    if status in RETRIED["all"]:
        ended = record.read(task.job.folder).get("ended") or task.since
        earlier = datetime.fromisoformat(ended) < datetime.fromisoformat(task.since)
        return earlier and status in RETRIED[task.command.retry]
    return status != "finished"


def job_record(folder: Path) -> record.Record:
    """The record in a folder; one of status `waiting` where there is none yet, `audited` where only that was asked."""
    if (folder / "run.json").exists():
        return record.read(folder)
    return {"status": "audited" if (folder / "console.log").exists() else "waiting", "error": None}


def _run_process(task: Task) -> tuple[int, str]:
    """Run the job's process to its end; the exit code, and a word where it was made to end."""
    command, console = task.command, task.job.folder / "console.log"
    inherited = {name: value for name, value in os.environ.items() if not _foreign(name)}
    environment = inherited | command.environment | task.environment
    started = getattr(start, command.way)(command.module, [*command.flags, *task.overrides], environment, console)
    until = time.monotonic() + (command.timeout or float("inf"))
    ending, code = "", None
    while code is None:
        code = started.ended(_PAUSE)
        if code is None and (task.stop.exists() or time.monotonic() > until):
            ending = "stopped" if task.stop.exists() else f"not done after job_timeout={command.timeout:g} seconds"
            _signal(started.pid, signal.SIGTERM, group=False)
            code = started.ended(_GRACE)
            code = 1 if code is None else code
    _signal(started.pid, signal.SIGKILL, group=True)
    return code, ending


def _signal(pid: int, number: signal.Signals, *, group: bool) -> None:
    """Signal a process or all that is left of its group."""
    with suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)


def _record_end(job: Job, code: int, ending: str, silent: bool) -> record.Record:
    """The record of a job whose process did not end well, completed where the process left none of its own.

    One that failed after training, in measuring, keeps its record: the trained weights are good.
    """
    status = "interrupted" if ending == "stopped" else "failed"
    error = ending or f"{_ending(code)}: {_last_words(job.folder / 'console.log')}"
    if not (job.folder / "run.json").exists():
        if status == "interrupted":
            return {"status": status, "error": error}
        record.begin(job.folder, job.config, job.signature, job.choices)
    facts = record.read_json(job.folder)
    if facts["status"] == "finished":
        return {**facts, "status": status, "error": error}
    if silent or ending or facts["status"] == "running":
        return record.update(job.folder, status=status, error=error, ended=record.now())
    return facts


def _ending(code: int) -> str:
    if code == -signal.SIGKILL:
        return "killed (SIGKILL: by hand, or because memory ran out)"
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_words(path: Path) -> str:
    """What a command refused, or else the last line that it printed."""
    printed = "\n" + path.read_text(encoding="utf-8", errors="replace").strip()
    _, refused, words = printed.rpartition("\nerror: ")
    return words if refused else words.rpartition("\n")[2] or "nothing was printed"


def _text(folder: Path) -> str:
    path = folder / "run.json"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _foreign(name: str) -> bool:
    return name in FOREIGN or name.startswith(FOREIGN_PREFIXES)
