"""Hydra's seam for the launcher that runs jobs on this machine."""

import os
from collections.abc import Sequence
from pathlib import Path

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from sr_experiments.config import refusing
from sr_experiments.record import Record, read
from sr_experiments.sweep.job import command_line, run
from sr_experiments.sweep.local import launch
from sr_experiments.sweep.plan import Job, planned


class LocalLauncher(Launcher):
    """Plans every job before the first one starts, then runs `jobs` at once, each in a process of its own."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra knows of the command."""
        self.loader, self.config = hydra_context.config_loader, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Run the jobs; exit code 1 where one did not finish."""
        with refusing():
            jobs = [self.plan(overrides) for overrides in job_overrides]
            module = f"sr_experiments.{self.config.hydra.job.config_name}"
            launch(jobs, job_overrides, module=module, flags=self._flags(), at_once=self.jobs)
        return []

    def command(self) -> list[str]:
        """The command that was given, without its overrides."""
        return [f"sr-{self.config.hydra.job.config_name}", *self._flags()]

    def place(self, job: Job, overrides: Sequence[str], environment: dict[str, str]) -> Record:
        """Run one job and wait for its record."""
        if job.state() == "finished":
            return read(job.folder)
        module = f"sr_experiments.{self.config.hydra.job.config_name}"
        threads = max(1, (os.cpu_count() or 1) // self.jobs)
        return run(job, command_line(module, self._flags(), overrides), threads, environment)

    def _flags(self) -> list[str]:
        sources = self.config.hydra.runtime.config_sources
        return [f"--config-dir={source.path}" for source in sources if source.provider == "command-line"]

    def plan(self, overrides: Sequence[str]) -> Job:
        """The job that overrides make."""
        runs = Path(self.config.hydra.sweep.dir)
        composed = self.loader.load_sweep_config(self.config, list(overrides))
        choices = composed.hydra.runtime.choices
        with open_dict(composed):
            del composed["hydra"]
        return planned(composed, choices, runs)
