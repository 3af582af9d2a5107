"""Hydra's seam for launchers: one that runs jobs, wherever its executor places them, and one that only lists them."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig
from tqdm import tqdm

from sr_experiments.composing.errors import refusing
from sr_experiments.sweep.job import Command
from sr_experiments.sweep.launch import Launch
from sr_experiments.sweep.listing import print_jobs
from sr_experiments.sweep.plan import Job, Planner, known_data_keys
from sr_experiments.sweep.progress import Progress
from sr_experiments.sweep.shares import Shares

Overrides = Sequence[str]


class JobLauncher(Launcher):
    """Plans every job before the first one starts, then runs `jobs` at once, each in a process of its own.

    `executor` makes the `concurrent.futures.Executor` that places them. conf/hydra/launcher says what the others mean.
    """

    def __init__(
        self,
        *,
        jobs: int,
        threads: int | None,
        executor: Callable[[], Executor],
        shares: Callable[[], Shares] | None,
        start: str,
        job_timeout: float | None,
        smaller_batch: bool,
        environment: dict[str, str],
    ) -> None:
        _check("jobs", "a whole number of jobs at once", jobs, type(jobs) is int and jobs > 0)
        count = 1 if threads is None else threads
        _check("threads", "a whole number of threads", count, type(count) is int and count > 0)
        seconds = 1 if job_timeout is None else job_timeout
        _check("job_timeout", "a number of seconds", seconds, type(seconds) in (int, float) and seconds > 0)
        _check("start", "fork or fresh", start, start in ("fork", "fresh"))
        self.jobs, self.executor, self.shares = jobs, executor, shares and shares()
        self.smaller_batch = smaller_batch
        environment = {**environment, **({"OMP_NUM_THREADS": str(threads)} if threads else {})}
        self.command = partial(Command, way=start, timeout=job_timeout, environment=environment)

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra knows of the command."""
        self.plan = Planner(hydra_context.config_loader, config)
        self.config = config

    def launch(self, job_overrides: Sequence[Overrides], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; exit code 1 where one did not finish."""
        runs = plan_runs(self.plan, job_overrides)
        shared = set.intersection(*(set(overrides) for overrides in job_overrides))
        with self.open(total=sum(map(len, runs)), shared=shared) as launch, launch.show():
            launch.run_together([partial(launch.run_in_turn, jobs) for jobs in runs])
        return []

    @contextmanager
    def open(self, *, total: int | None, shared: set[str]) -> Iterator[Launch]:
        """What places jobs, for a grid or a search: `total` of them, which have the overrides `shared` in common."""
        hydra = self.config.hydra
        folder = Path(hydra.sweep.dir).absolute()
        paths = [source.path for source in hydra.runtime.config_sources if source.provider == "command-line"]
        with refusing():
            folder.mkdir(parents=True, exist_ok=True)
            executor = self.executor()
        with executor:
            yield Launch(
                folder=folder,
                plan=self.plan,
                command=self.command(
                    module=f"sr_experiments.{hydra.job.config_name}",
                    flags=[f"--config-dir={path}" for path in paths],
                    retry=hydra.sweeper.retry,
                ),
                executor=executor,
                progress=Progress(total=total, at_once=self.jobs, shared=shared),
                shares=self.shares,
                smaller_batch=self.smaller_batch,
            )


class PlanLauncher(Launcher):
    """Lists what would run, and runs nothing. `jobs` at once are reckoned with."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra knows of the command."""
        self.plan = Planner(hydra_context.config_loader, config)
        self.retry = config.hydra.sweeper.retry

    def launch(self, job_overrides: Sequence[Overrides], initial_job_idx: int) -> Sequence[JobReturn]:
        """Print the list."""
        runs = plan_runs(self.plan, job_overrides)
        print_jobs([job for jobs in runs for job in jobs], retry=self.retry, at_once=self.jobs)
        return []


def _check(name: str, expected: str, value: Any, holds: bool) -> None:
    if not holds:
        raise ValueError(f"hydra.launcher.{name}: expected {expected}, got {value}")


def plan_runs(plan: Planner, given: Sequence[Overrides]) -> list[list[tuple[Job, Overrides]]]:
    """Every job once, with its overrides, those of one run together; SystemExit where one of them does not compose.

    A run has several where a sweep goes over what has no part in the signature: it is trained by the first of them and
    measured by all, in turn.
    """
    data_key = known_data_keys()
    with refusing():
        jobs = [
            (plan(overrides, data_key), overrides)
            for overrides in tqdm(given, "planning", leave=False, delay=2, disable=None)
        ]
    runs: dict[Path, dict[str, tuple[Job, Overrides]]] = {}
    for job, overrides in jobs:
        measuring = json.dumps([job.config[part] for part in ("benchmark", "protocol", "metrics")])
        runs.setdefault(job.folder, {}).setdefault(measuring, (job, overrides))
    return [list(jobs.values()) for jobs in runs.values()]
