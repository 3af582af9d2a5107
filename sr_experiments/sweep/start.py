"""The two ways in which a job's process begins: forked from one that has imported everything, or a new interpreter.

Both lead a process group of their own, so that a job ends with all its ranks, and print into `console.log` alone.
"""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["sr_experiments.readiness", "sr_experiments.running", "sr_experiments.sweep.preload"])


class JobProcess(NamedTuple):
    """A job's process: its number, and a function that waits so many seconds for its exit code."""

    pid: int
    ended: Callable[[float], int | None]


def fresh(module: str, arguments: Sequence[str], environment: dict[str, str], console: Path) -> JobProcess:
    """Start a command in an interpreter of its own: seconds of imports, but it works everywhere."""
    with console.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def ended(seconds: float) -> int | None:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    return JobProcess(process.pid, ended)


def fork(module: str, arguments: Sequence[str], environment: dict[str, str], console: Path) -> JobProcess:
    """Start a command in a fork of a server process that imported everything once, and never touches a GPU itself."""
    process = _CONTEXT.Process(target=_become, args=(module, [*arguments], environment, console))
    process.start()

    def ended(seconds: float) -> int | None:
        process.join(seconds)
        return process.exitcode

    assert process.pid is not None
    return JobProcess(process.pid, ended)


def _become(module: str, arguments: list[str], environment: dict[str, str], console: Path) -> None:
    """Become the command: Lightning starts a job's other ranks from `sys.argv` and the main module's name."""
    os.setsid()
    tqdm.set_lock(threading.RLock())  # its own is a semaphore, which the server would miss when a job is killed
    os.environ.clear()
    os.environ.update(environment)
    with console.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    sys.argv = [spec.origin, *arguments]
    sys.modules["__main__"].__spec__ = spec
    if threads := environment.get("OMP_NUM_THREADS"):
        import torch

        torch.set_num_threads(int(threads))
    import_module(module).main()
