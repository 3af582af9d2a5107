"""Hydra's seam for the launcher that runs jobs on this machine."""

from collections.abc import Sequence
from pathlib import Path

from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from sr_experiments.config import refusing
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
        hydra = self.config.hydra
        paths = [source.path for source in hydra.runtime.config_sources if source.provider == "command-line"]
        with refusing():
            jobs = [self._planned(overrides, Path(hydra.sweep.dir)) for overrides in job_overrides]
            launch(
                jobs,
                job_overrides,
                module=f"sr_experiments.{hydra.job.config_name}",
                flags=[f"--config-dir={path}" for path in paths],
                at_once=self.jobs,
            )
        return []

    def _planned(self, overrides: Sequence[str], runs: Path) -> Job:
        composed = self.loader.load_sweep_config(self.config, list(overrides))
        choices = composed.hydra.runtime.choices
        with open_dict(composed):
            del composed["hydra"]
        return planned(composed, choices, runs)
