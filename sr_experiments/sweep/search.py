"""A search: trials whose values a sampler chooses, each one job or several, until the study has enough of them."""

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import fmean
from threading import Event, Lock
from typing import Any, NoReturn

import optuna
from hydra.core.override_parser.types import Override
from optuna.trial import FrozenTrial, Trial, TrialState

from sr_experiments.record import Record
from sr_experiments.sweep.best import ended, found, ranked, repeating
from sr_experiments.sweep.latency import measure_latency
from sr_experiments.sweep.plan import Job
from sr_experiments.sweep.settings import Settings, read_settings
from sr_experiments.sweep.space import Space, asked, read_space, suggested, written
from sr_experiments.sweep.study import Worker, again, begin_work, shown, storage_address
from sr_experiments.sweep.trial import environment

Plan = Callable[[list[str]], Job]
Place = Callable[[Job, list[str], dict[str, str]], Record]

RETRIED = {"none": {"interrupted"}, "failed": {"interrupted", "failed"}, "all": {"interrupted", "failed", "diverged"}}


class UnfinishedError(Exception):
    """A job of a trial did not finish."""


def search(
    given: Any,
    overrides: Sequence[Override],
    *,
    plan: Plan,
    place: Place,
    at_once: int,
    folder: Path,
    command: list[str],
    retry: str = "failed",
) -> None:
    """Run trials, `at_once` at a time, until the study has as many as `given` asks for; print the best.

    `plan` makes a job of overrides, without starting it; `place` runs a job in a fresh process and waits for its
    record. The study, which has the sweep's name, lies in `folder` or in a database, and other workers may be at it.
    ValueErrors say what is wrong with the settings; SystemExit lists the trials that failed.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    settings, space = read_settings(given), read_space(overrides)
    settings.check(space)
    jobs = [plan([*space.fixed, *point, *space.seeds[0]]) for point in space.points()]
    address = storage_address(settings.storage, folder)
    worker = begin_work(address, jobs[0].config["name"], settings, folder)
    one = Search(settings, space, worker, plan, place)
    one.take_up(retry)
    one.run(at_once)
    begun = worker.begun()
    worker.leave()
    print(found(worker.study, begun))
    for trial in ranked(worker.study)[:1]:
        print(f"again: {repeating(trial, [*command, *space.fixed], space.seeds)}")
    print(f"all trials: optuna-dashboard {shown(address)}")
    if failed := [trial for trial in begun if trial.state == TrialState.FAIL]:
        raise SystemExit("\n".join(ended(trial, []) for trial in failed))


class Search:
    """One worker's part in a search."""

    def __init__(self, settings: Settings, space: Space, worker: Worker, plan: Plan, place: Place) -> None:
        self.settings, self.space, self.worker, self.plan, self.place = settings, space, worker, plan, place
        self.trials = settings.trials(space)
        self.taking, self.measuring, self.stopping = Lock(), Lock(), Event()

    def take_up(self, retry: str) -> None:
        """Enqueue again what did not end well; a ValueError where the study's trials are another experiment's."""
        with self.worker.alone():
            begun = self.worker.begun()
            for trial in [trial for trial in begun if "signature" in trial.user_attrs][:1]:
                self._check_same(trial)
            for trial in begun:
                if trial.state.is_finished() and _status(trial) in RETRIED[retry]:
                    again(self.worker.study, trial)

    def _check_same(self, trial: FrozenTrial) -> None:
        was, overrides = trial.user_attrs["signature"], trial.user_attrs["overrides"]
        now = self.plan([*self.space.fixed, *overrides, *self.space.seeds[0]]).signature
        if now != was:
            raise ValueError(
                f"the study {self.worker.study.study_name} was begun under other settings: its trial {trial.number} "
                f"would be another experiment now (signature {now}, not {was}); choose another name, "
                "or give the settings that it was begun with"
            )

    def run(self, at_once: int) -> None:
        """Work in so many threads until there is nothing left to do.

        An interruption is passed on at once: whoever stops the jobs lets these threads end, and they tell the study.
        """
        pool = ThreadPoolExecutor(at_once)
        try:
            for done in as_completed([pool.submit(self._work) for _ in range(at_once)]):
                done.result()
        finally:
            self.stopping.set()
            pool.shutdown(wait=False)

    def _work(self) -> None:
        while not self.stopping.is_set():
            with ExitStack() as taken:
                taken.enter_context(self.taking)
                taken.enter_context(self.worker.alone())
                begun = self.worker.begun()
                if len(begun) < self.trials:
                    self._run_trial(taken)
                    continue
            if all(trial.state.is_finished() for trial in begun):
                return
            self.stopping.wait(1)  # a trial that runs elsewhere may yet be left by its worker

    def _run_trial(self, taken: ExitStack) -> None:
        study = self.worker.study
        study.sampler = self.settings.make_sampler(self.space, len(study.get_trials(deepcopy=False)))
        try:
            study.optimize(partial(self._values, taken), n_trials=1, catch=(UnfinishedError,), callbacks=[_say])
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError) as error:
            if "Cannot tell" not in str(error):  # else this worker was taken for dead, and its trial enqueued again
                raise

    def _values(self, taken: ExitStack, trial: Trial) -> list[float]:
        """A trial's objectives, means over its seeds. The next one is taken as soon as it is known what to run."""
        trial.set_user_attr("worker", self.worker.name)
        overrides = written({**suggested(trial, self.space.varied), **asked(self.settings.space, trial)})
        jobs = self._planned(trial, overrides)
        taken.close()
        rows = [self._measured(trial, number, *job) for number, job in enumerate(jobs)]
        return [fmean(column) for column in zip(*rows, strict=True)]

    def _planned(self, trial: Trial, overrides: list[str]) -> list[tuple[Job, list[str]]]:
        lines = [[*self.space.fixed, *overrides, *seed] for seed in self.space.seeds]
        try:
            jobs = [self.plan(line) for line in lines]
        except Exception as error:
            _end(trial, "failed", f"{' '.join(overrides)}: {error}")
        facts = {"overrides": overrides, "signature": jobs[0].signature, "runs": [str(job.folder) for job in jobs]}
        for name, value in facts.items():
            trial.set_user_attr(name, value)
        return list(zip(jobs, lines, strict=True))

    def _measured(self, trial: Trial, number: int, job: Job, line: list[str]) -> list[float]:
        """The objectives of a trial's job; the first one alone may be pruned."""
        done = self.place(job, line, {} if number else self._told(trial))
        if done["status"] != "finished":
            _end(trial, done["status"], done["error"])
        return [self._value(trial, objective, job.folder, done) for objective in self.settings.objectives]

    def _told(self, trial: Trial) -> dict[str, str]:
        address, study, pruner = self.worker.address, self.worker.study.study_name, self.settings.pruner
        return environment(address, study, trial.number, pruner) if pruner else {}

    def _value(self, trial: Trial, objective: str, folder: Path, done: Record) -> float:
        if objective != "latency_ms":
            return done["validation"]["psnr"] if objective == "psnr" else done[objective]
        try:
            with self.measuring:
                return measure_latency(folder, self.settings.profile)
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


def _say(study: optuna.Study, trial: FrozenTrial) -> None:
    print(ended(trial, study.metric_names or []), flush=True)
