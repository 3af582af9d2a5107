"""A sweep under way: its jobs are placed, shown while they run, and accounted for at the end."""

import signal
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sr_experiments import record
from sr_experiments.config import Config
from sr_experiments.sweep.job import Command, Task, job_record, run
from sr_experiments.sweep.plan import Job
from sr_experiments.sweep.progress import Progress
from sr_experiments.sweep.shares import Shares

Overrides = Sequence[str]

_BATCH, _ACCUMULATED = "data.batch_size", "trainer.accumulate_grad_batches"


class Launch:
    """Runs jobs, as many at once as `progress` says, each in a process of its own that `executor` finds a place for.

    `folder`: of the sweep. `plan` makes a job of overrides, `command` says how it is run. `shares` lends each job its
    part of this machine, where jobs run here. `smaller_batch`: a job that ran out of GPU memory runs again as another
    experiment, with a part of the batch accumulated as often as makes it whole.
    """

    def __init__(
        self,
        *,
        folder: Path,
        plan: Callable[[Overrides], Job],
        command: Command,
        executor: Executor,
        progress: Progress,
        shares: Shares | None,
        smaller_batch: bool,
    ) -> None:
        self.plan, self.command, self.executor, self.progress = plan, command, executor, progress
        self.shares, self.smaller_batch, self.at_once = shares, smaller_batch, progress.at_once
        self.since = record.now()
        self.folder, self.stop = folder, folder / f".stop-{uuid.uuid4().hex[:8]}"
        self.placed: list[Any] = []

    @contextmanager
    def show(self) -> Iterator[None]:
        """Show the jobs that are placed meanwhile, and say at the end what became of them.

        SystemExit with code 1 where one did not end well. SIGTERM stops all, as Ctrl-C does.
        """
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with self.progress:
                yield
        except KeyboardInterrupt:
            print("stopped; the same command goes on", file=sys.stderr)
            raise SystemExit(1) from None
        finally:
            signal.signal(signal.SIGTERM, before)
            self.stop.unlink(missing_ok=True)
            ended, failures = self.progress.ended, self.progress.failures()
            print(f"{len(ended) - len(failures)} of {len(ended)} jobs finished; their runs are in {self.folder}")
            if failures:
                self.progress.print_failures()
        if failures:
            raise SystemExit(1)

    def run_together(self, calls: Sequence[Callable[[], Any]]) -> None:
        """Make calls that place jobs, `at_once` at a time."""
        with ThreadPoolExecutor(self.at_once) as pool:
            waiting = {pool.submit(call) for call in calls}
            try:
                while waiting:
                    done, waiting = wait(waiting, timeout=0.5)
                    self.progress.show()
                    for call in done:
                        call.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self._stop()
                raise

    def run_in_turn(self, jobs: Sequence[tuple[Job, Overrides]]) -> None:
        """Run the jobs of one run directory one after another."""
        for job, overrides in jobs:
            self.place(job, overrides)

    def place(self, job: Job, overrides: Overrides, environment: dict[str, str] | None = None) -> record.Record:
        """Run one job in its place, unless that is done already; its record. Safe to call from threads.

        What lies in its folder and can't be read costs this job alone.
        """
        try:
            if not self._ran_out(job):
                result = self._run_shown(job, overrides, environment or {})
                if not self._ran_out(job):
                    return result
            return self._smaller(job, overrides, environment)
        except (ValueError, OSError) as error:
            result = {"status": "failed", "error": f"{job.folder}: {error}; move it away, and the job runs anew"}
            self.progress.end(self.progress.name(overrides), job, result, None)
            return result

    def _run_shown(self, job: Job, overrides: Overrides, environment: dict[str, str]) -> record.Record:
        name = self.progress.name(overrides)
        if job.state() == "finished":
            result, began = job_record(job.folder), None
        else:
            began = self.progress.begin(name, job)
            result = self._run(job, overrides, environment)
            result = {**result, "status": "retried"} if self._ran_out(job) else result
        self.progress.end(name, job, result, began)
        return result

    def _run(self, job: Job, overrides: Overrides, environment: dict[str, str]) -> record.Record:
        with self.shares.lend(job.config["trainer"]) if self.shares else nullcontext({}) as lent:
            task = Task(
                job=job,
                command=self.command,
                overrides=[*overrides, output_dir(job.folder)],
                environment=lent | environment,
                stop=self.stop,
                since=self.since,
            )
            self.placed.append(placed := self.executor.submit(run, task))
            try:
                return placed.result()
            except Exception as error:
                return {"status": "failed", "error": f"lost its place: {type(error).__name__}: {error}"}

    def _stop(self) -> None:
        """Ask every job that runs to end, and take back what a queue has not begun."""
        self.stop.touch()
        for placed in self.placed:
            if getattr(placed, "state", "") == "PENDING":
                placed.cancel()

    def _ran_out(self, job: Job) -> bool:
        """Whether a job that may be tried again ran out of memory."""
        can = self.smaller_batch and smaller_batch(job.config)
        return bool(can) and job_record(job.folder).get("error_type") == "OutOfMemoryError"

    def _smaller(self, job: Job, overrides: Overrides, environment: dict[str, str] | None) -> record.Record:
        batch, accumulated = job.config["data"]["batch_size"], job.config["trainer"]["accumulate_grad_batches"]
        smaller = [
            *(part for part in overrides if part.partition("=")[0] not in (_BATCH, _ACCUMULATED)),
            f"{_BATCH}={smaller_batch(job.config)}",
            f"{_ACCUMULATED}={accumulated * batch // smaller_batch(job.config)}",
        ]
        again = self.plan(smaller)
        result = self.place(again, smaller, environment)
        record.update(job.folder, retried_as=str(again.folder))
        if (again.folder / "run.json").exists():
            record.update(again.folder, smaller_batch_of=str(job.folder))
        return result


def smaller_batch(config: Config) -> int:
    """At most half of a job's batch, of which a whole number make it up and which its devices share evenly; or 0."""
    trainer, batch = config["trainer"], config["data"]["batch_size"]
    devices = trainer.get("devices", 1)
    each = len(devices) if isinstance(devices, list) else devices if isinstance(devices, int) and devices > 0 else 1
    shared = each * trainer.get("num_nodes", 1)
    return next((size for size in range(batch // 2, 0, -1) if batch % size == 0 and size % shared == 0), 0)


def output_dir(folder: Path) -> str:
    """The override that names a job's folder, quoted as Hydra reads it."""
    return f"output_dir='{str(folder).replace(chr(39), chr(92) + chr(39))}'"
