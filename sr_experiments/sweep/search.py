"""A search: trials whose values a sampler chooses, each one job or several, until the study has enough of them."""

import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean
from threading import Lock
from typing import Any, NoReturn

import optuna
from hydra.core.override_parser.types import Override
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from sr_experiments.record import Record
from sr_experiments.sweep.best import best_trials, repeat_command, study_summary, trial_summary
from sr_experiments.sweep.job import RETRIED
from sr_experiments.sweep.launch import Launch
from sr_experiments.sweep.objectives import objective_value
from sr_experiments.sweep.plan import Job
from sr_experiments.sweep.settings import Settings, read_settings
from sr_experiments.sweep.space import Space, as_overrides, read_space, suggest, user_values
from sr_experiments.sweep.study import Worker, begin_work, enqueue_again, printable, storage_address
from sr_experiments.sweep.trial import environment

Plan = Callable[[list[str]], Job]


class UnfinishedError(Exception):
    """A trial ended without values."""


def plan_search(given: Any, overrides: Sequence[Override], plan: Plan) -> tuple[Settings, Space, str]:
    """What `hydra.sweeper.search` and a sweep's overrides ask for, and the name of the study.

    A ValueError says what is wrong with them; nothing is written yet.
    """
    settings, space = read_settings(given), read_space(overrides)
    settings.check(space)
    jobs = [plan([*space.fixed, *point, *space.seeds[0]]) for point in space.points()]
    return settings.with_objective(jobs[0].selects), space, jobs[0].config["name"]


def search(settings: Settings, space: Space, name: str, launch: Launch, *, retry: str) -> None:
    """Run trials until the study has as many as are asked for, and print the best.

    The study lies in the sweep's folder or in a database, and other workers may be at it. A ValueError where it is
    another one's or can't be reached; SystemExit where a trial failed.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    warnings.filterwarnings("ignore", "Heartbeat of storage")  # `ask` warns that it has none; Worker.living gives it
    address = storage_address(settings.storage, launch.folder)
    try:
        worker = begin_work(address, name, settings, launch.folder)
        one = Search(settings, space, worker, launch)
        one.take_up(retry)
        one.run()
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise ValueError(f"{printable(address)}: {error}") from error


class Search:
    """One worker's part in a search."""

    def __init__(self, settings: Settings, space: Space, worker: Worker, launch: Launch) -> None:
        self.settings, self.space, self.worker, self.launch = settings, space, worker, launch
        self.trials = settings.trials(space)
        self.taking, self.measuring = Lock(), Lock()

    def take_up(self, retry: str) -> None:
        """Enqueue again what did not end well; a ValueError where the study's trials are another experiment's."""
        with self.worker.exclusive():
            begun = self.worker.counted_trials()
            for trial in [trial for trial in begun if "signature" in trial.user_attrs][:1]:
                self._check_same(trial)
            for trial in begun:
                if trial.state.is_finished() and _status(trial) in ("interrupted", *RETRIED[retry]):
                    enqueue_again(self.worker.study, trial)

    def _check_same(self, trial: FrozenTrial) -> None:
        was, overrides = trial.user_attrs["signature"], trial.user_attrs["overrides"]
        now = self.launch.plan([*self.space.fixed, *overrides, *self.space.seeds[0]]).signature
        if now != was:
            raise ValueError(
                f"the study {self.worker.study.study_name} was begun under other settings: its trial {trial.number} "
                f"would be another experiment now (signature {now}, not {was}); choose another name, "
                "or give the settings that it was begun with"
            )

    def run(self) -> None:
        """Work until there is nothing left to do; say what was found, also where that ends early."""
        try:
            with self.launch.show():
                self.launch.run_together([self._work] * self.launch.at_once)
        finally:
            with self.worker.exclusive():
                begun = self.worker.counted_trials()
            self.worker.leave()
            self._show(begun)
        if failed := [trial for trial in begun if trial.state == TrialState.FAIL]:
            raise SystemExit("\n".join(trial_summary(trial, []) for trial in failed))

    def _show(self, begun: Sequence[FrozenTrial]) -> None:
        study, launch = self.worker.study, self.launch
        print(study_summary(study, begun))
        for trial in best_trials(study)[:1]:
            command = ["sr-train", *launch.command.flags, *self.space.fixed]
            print(f"again: {repeat_command(trial, command, self.space.seeds)}")
        print(f"all trials: optuna-dashboard {printable(self.worker.address)}")

    def _work(self) -> None:
        while not self.launch.stop.exists():
            with ExitStack() as taken:
                taken.enter_context(self.taking)
                taken.enter_context(self.worker.exclusive())
                begun = self.worker.counted_trials()
                if len(begun) < self.trials:
                    self._run_trial(taken)
                    continue
            if all(trial.state.is_finished() for trial in begun):
                return
            time.sleep(1)  # a trial that runs elsewhere may yet be left by its worker

    def _run_trial(self, taken: ExitStack) -> None:
        """Ask the study for a trial, and tell it how that ended, whatever happens."""
        study = self.worker.study
        study.sampler = self.settings.make_sampler(self.space, len(study.get_trials(deepcopy=False)))
        trial, values, state = study.ask(), None, TrialState.FAIL
        try:
            with self.worker.heartbeat(trial):
                values, state = self._values(taken, trial), TrialState.COMPLETE
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        except UnfinishedError:
            pass
        except optuna.exceptions.UpdateFinishedTrialError:
            pass  # this worker was taken for dead, and the trial is another one's now
        finally:
            taken.close()
            with self.taking, self.worker.exclusive():
                told = study.tell(trial, values, state, skip_if_finished=True)
        print(trial_summary(told, study.metric_names or []), flush=True)

    def _values(self, taken: ExitStack, trial: Trial) -> list[float]:
        """A trial's objectives, means over its seeds. The next one is taken as soon as it is known what to run."""
        trial.set_user_attr("worker", self.worker.name)
        overrides = as_overrides({**suggest(trial, self.space.varied), **user_values(self.settings.space, trial)})
        jobs = self._plan_jobs(trial, overrides)
        taken.close()
        rows = [self._run_job(trial, number, *job) for number, job in enumerate(jobs)]
        return [fmean(column) for column in zip(*rows, strict=True)]

    def _plan_jobs(self, trial: Trial, overrides: list[str]) -> list[tuple[Job, list[str]]]:
        lines = [[*self.space.fixed, *overrides, *seed] for seed in self.space.seeds]
        try:
            jobs = [self.launch.plan(line) for line in lines]
        except Exception as error:
            _end(trial, "failed", f"{' '.join(overrides)}: {error}")
        facts = {"overrides": overrides, "signature": jobs[0].signature, "runs": [str(job.folder) for job in jobs]}
        for name, value in facts.items():
            trial.set_user_attr(name, value)
        return list(zip(jobs, lines, strict=True))

    def _run_job(self, trial: Trial, number: int, job: Job, line: list[str]) -> list[float]:
        """The objectives of a trial's job; the first one alone may be pruned."""
        done = self.launch.place(job, line, {} if number else self._trial_environment(trial))
        if done["status"] != "finished":
            ended_badly = done["status"] in ("failed", "diverged", "pruned")
            _end(trial, done["status"] if ended_badly else "interrupted", done.get("error") or done["status"])
        return [self._value(trial, objective, job.folder, done) for objective in self.settings.objectives]

    def _trial_environment(self, trial: Trial) -> dict[str, str]:
        address, study, pruner = self.worker.address, self.worker.study.study_name, self.settings.pruner
        return environment(address, study, trial.number, pruner) if pruner else {}

    def _value(self, trial: Trial, objective: str, folder: Path, done: Record) -> float:
        try:
            with self.measuring:
                return objective_value(objective, folder, done, self.settings.profile)
        except ValueError as error:
            _end(trial, "failed", str(error))


def _end(trial: Trial, status: str, error: str) -> NoReturn:
    """End a trial without values; one that was pruned or diverged counts as a bad one, not as none."""
    trial.set_user_attr("status", status)
    trial.set_user_attr("error", error)
    if status in ("pruned", "diverged"):
        raise optuna.TrialPruned(error)
    raise UnfinishedError(error)


def _status(trial: FrozenTrial) -> str:
    return trial.user_attrs.get("status", "interrupted" if trial.state == TrialState.FAIL else "finished")
