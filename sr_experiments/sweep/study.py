"""The study that the workers of a search share: where it is kept, who works on it, what a dead worker left."""

import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, fail_stale_trials
from optuna.storages._heartbeat import get_heartbeat_thread
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sr_experiments.composing.credentials import IN_ADDRESS
from sr_experiments.lock import is_held
from sr_experiments.sweep.settings import Settings

HEARTBEAT = 20  # seconds; a database's trial without one for three times as long is a dead worker's


def storage_address(setting: str | None, folder: Path) -> str:
    """Where a study is kept: a PostgreSQL URL without a password, or the journal file in the sweep's folder."""
    if setting is None:
        return str(folder.absolute() / "study.journal")
    try:
        url = make_url(setting)
    except (ArgumentError, ValueError):
        url = None
    if url and (url.password is not None or IN_ADDRESS.search(setting)):
        raise ValueError(
            "hydra.sweeper.search.storage: a password in an address would stand in commands, logs and the files of "
            "queues; leave it out, and give it as PGPASSWORD in the environment or in ~/.pgpass (of mode 0600)"
        )
    if url is None or url.get_backend_name() != "postgresql":
        raise ValueError(
            f"hydra.sweeper.search.storage{f'={url}' if url else ''}: expected postgresql://USER@HOST/DATABASE, "
            "or null for a journal file in the sweep's folder"
        )
    return str(url.set(drivername="postgresql+psycopg"))


def open_storage(address: str) -> BaseStorage:
    """The storage at an address that `storage_address` made; a ValueError where a database can't be reached."""
    if "://" not in address:
        return JournalStorage(JournalFileBackend(address))
    try:
        with create_engine(address, poolclass=NullPool).connect() as connection:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(0)")
            )  # of two that make the same tables one would fail
            return RDBStorage(
                address,
                heartbeat_interval=HEARTBEAT,
                grace_period=3 * HEARTBEAT,
                heartbeat_stale_trial_callback=enqueue_again,
            )
    except ImportError as error:
        raise ValueError(f'{error}: PostgreSQL needs pip install "sr_experiments[postgresql]"') from error
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip()
        raise ValueError(f"hydra.sweeper.search.storage={printable(address)}: {reason}") from error


def printable(address: str) -> str:
    """An address as it may be printed, without its password."""
    return make_url(address).render_as_string() if "://" in address else address


def enqueue_again(study: optuna.Study, trial: FrozenTrial) -> None:
    """Enqueue a trial that did not end, with its values and what it had reported: its job goes on where it was."""
    study.add_trial(
        create_trial(
            state=TrialState.WAITING,
            params=trial.params,
            distributions=trial.distributions,
            user_attrs={"again": trial.number},
            system_attrs=trial.system_attrs,
            intermediate_values=trial.intermediate_values,
        )
    )


class Worker(NamedTuple):
    """One process that works on a study: as long as it lives it holds the lock on its `mark`, which its trials name."""

    study: optuna.Study
    address: str
    storage: BaseStorage
    folder: Path
    mark: TextIO

    @property
    def name(self) -> str:
        """What its trials call it."""
        return Path(self.mark.name).name

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Be the only one of all workers who takes trials."""
        if isinstance(self.storage, RDBStorage):
            with self.storage.engine.connect() as connection:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(hashtext(:study))"), {"study": self.study.study_name}
                )
                yield
        else:
            with (self.folder / ".study.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def counted_trials(self) -> list[FrozenTrial]:
        """The trials that count: those that were begun and not enqueued again. Those of dead workers are, first."""
        fail_stale_trials(self.study)
        for trial in self.study.get_trials(deepcopy=False, states=[TrialState.RUNNING]):
            if not self._works(trial.user_attrs.get("worker")):
                self.study.tell(trial.number, state=TrialState.FAIL)
                enqueue_again(self.study, trial)
        trials = self.study.get_trials(deepcopy=False)
        repeated = {trial.user_attrs.get("again") for trial in trials}
        return [trial for trial in trials if trial.state != TrialState.WAITING and trial.number not in repeated]

    def heartbeat(self, trial: Trial) -> AbstractContextManager[None]:
        """Let others know, while a trial runs, that this worker lives: its heartbeat, where a database asks for one."""
        return get_heartbeat_thread(trial._trial_id, self.storage)  # pyright: ignore[reportReturnType]

    def leave(self) -> None:
        """Take the mark away: this worker has no trial any more."""
        self.mark.close()
        Path(self.mark.name).unlink(missing_ok=True)

    def _works(self, name: str | None) -> bool:
        """Whether a worker lives; one that was taken away before it marked its trial has no name."""
        if name is None or isinstance(self.storage, RDBStorage):
            return name is not None
        return is_held(self.folder / name)


def begin_work(address: str, name: str, settings: Settings, folder: Path) -> Worker:
    """Work on a study, beginning it where it is not there yet; a ValueError where it has other objectives."""
    folder.mkdir(parents=True, exist_ok=True)
    storage = open_storage(address)
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        directions=[*settings.objectives.values()],  # pyright: ignore[reportArgumentType]
        load_if_exists=True,
        pruner=settings.make_pruner(),
    )
    study.stop = _go_on  # pyright: ignore[reportAttributeAccessIssue]
    mark = folder / f".worker-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    worker = Worker(study, address, storage, folder, mark.open("w"))
    with worker.exclusive():
        fcntl.flock(worker.mark, fcntl.LOCK_EX)
        for other in folder.glob(".worker-*"):
            if not is_held(other):
                other.unlink()
        _agree(study, dict(settings.objectives))
    return worker


def _go_on() -> None:
    """What a sampler that has tried all calls to end a loop of `optimize`: a search ends by its number of trials."""


def _agree(study: optuna.Study, objectives: dict[str, str]) -> None:
    if study.metric_names is None:
        study.set_metric_names(list(objectives))
    ways = [direction.name.lower() for direction in study.directions]
    there = dict(zip(study.metric_names or [], ways, strict=True))
    if there != objectives:
        raise ValueError(
            f"the study {study.study_name} has the objectives {there}, not {objectives}: choose another name"
        )
