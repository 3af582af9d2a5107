"""Jobs on this machine: some at once, each a process of its own."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sr_experiments import record
from sr_experiments.sweep.job import command_line, run
from sr_experiments.sweep.plan import Job


def launch(
    jobs: Sequence[Job], overrides: Sequence[Sequence[str]], *, module: str, flags: Sequence[str], at_once: int
) -> None:
    """Run every job that is not finished, `at_once` at a time, the cores shared out evenly.

    Says how each ended; SystemExit with code 1, and a list, where one did not finish.
    """
    names = _names(overrides)
    threads = max(1, (os.cpu_count() or 1) // at_once)
    results: dict[str, record.Record] = {}

    def one(number: int) -> None:
        job, began = jobs[number], time.monotonic()
        before = job.state() == "finished"
        command = command_line(module, flags, overrides[number])
        results[names[number]] = record.read(job.folder) if before else run(job, command, threads)
        spent = "before" if before else f"in {time.monotonic() - began:.0f} s"
        line = f"[{len(results)}/{len(jobs)}] {names[number]}: {_ended(results[names[number]])} {spent}\n"
        print(line, end="", flush=True)

    with ThreadPoolExecutor(at_once) as pool:
        for done in [pool.submit(one, number) for number in range(len(jobs))]:
            done.result()
    failed = {name: result for name, result in results.items() if result["status"] != "finished"}
    print(f"{len(results) - len(failed)} of {len(jobs)} jobs finished; their runs are in {jobs[0].folder.parent}")
    if failed:
        raise SystemExit("\n".join(f"{name}: {result['status']}, {result['error']}" for name, result in failed.items()))


def _names(overrides: Sequence[Sequence[str]]) -> list[str]:
    """Each job called by what differs between the jobs."""
    shared = set.intersection(*(set(job) for job in overrides))
    return [" ".join(part for part in job if part not in shared) or "job" for job in overrides]


def _ended(result: record.Record) -> str:
    if result["status"] != "finished":
        return result["status"]
    return f"validation PSNR {result['validation']['psnr']:.2f} dB, finished"
