"""The checkpoint from which a run goes on exactly where it was."""

import random
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint

from sr_experiments.callbacks.atomic import AtomicCheckpoints
from sr_experiments.callbacks.steps import agrees

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Last(Checkpoint):
    """Writes `checkpoints/last.ckpt` at every validation, `minutes` after the last one, and on SIGTERM or SIGINT.

    Always between two optimizer steps. After a signal the process ends with SystemExit; a second one ends it at once.
    Several devices ask each other at the steps that `agrees` names.
    The checkpoint holds what Lightning's lacks: the state of every generator of every device, and an early stop.
    """

    def __init__(self, *, minutes: float) -> None:
        self.minutes = minutes
        self.written = time.monotonic()
        self.signal = 0
        self.previous: dict[int, Any] = {}
        self.restored: dict[str, Any] = {}

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        trainer.strategy.checkpoint_io = AtomicCheckpoints()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.previous = {number: signal.signal(number, self._note_signal) for number in SIGNALS}
        if self.restored:
            set_generators(self.restored["generators"][trainer.global_rank % len(self.restored["generators"])])
            trainer.should_stop = self.restored["early_stop"]
        self.written = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *_: Any) -> None:
        validates = (trainer.fit_loop.total_batch_idx + 1) % (trainer.val_check_batch or 1) == 0
        if agrees(trainer) and not validates and _any(trainer, self.signal or self._overdue()):
            self._write(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "fit":
            self._write(trainer)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous = {}

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        states = [generators()]
        if trainer.world_size > 1:
            states = [{}] * trainer.world_size
            torch.distributed.all_gather_object(states, generators())
        checkpoint["last"] = {"generators": states, "early_stop": trainer.should_stop}

    def on_load_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        self.restored = dict(checkpoint["last"])
        here, states = Path(trainer.default_root_dir) / "checkpoints", checkpoint["callbacks"]
        if Path(str(trainer.ckpt_path)).parent == here:
            checkpoint["callbacks"] = {key: relocate(state, str(here)) for key, state in states.items()}
        else:
            self.restored["early_stop"] = False  # the end of that run, not of this one
        for stopping in trainer.early_stopping_callbacks:
            if stopping.state_key in states:
                states[stopping.state_key]["patience"] = stopping.patience  # the config's

    def _overdue(self) -> bool:
        return time.monotonic() - self.written > 60 * self.minutes

    def _write(self, trainer: Trainer) -> None:
        trainer.save_checkpoint(f"{trainer.default_root_dir}/checkpoints/last.ckpt", weights_only=False)
        self.written = time.monotonic()
        if _any(trainer, self.signal):
            raise SystemExit(128 + self.signal)

    def _note_signal(self, number: int, _: Any) -> None:
        self.signal = number
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def generators() -> dict[str, Any]:
    """The states of all random generators of this process, as a checkpoint can hold them."""
    name, words, *rest = np.random.get_state()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
        "numpy": (name, np.asarray(words).tolist(), *rest),
        "python": random.getstate(),
    }


def set_generators(states: dict[str, Any]) -> None:
    """Bring the random generators of this process into the given states."""
    torch.set_rng_state(states["torch"].cpu())
    torch.cuda.set_rng_state_all([state.cpu() for state in states["cuda"]][: torch.cuda.device_count()])
    np.random.set_state(states["numpy"])
    random.setstate(states["python"])


def relocate(state: dict[str, Any], here: str) -> dict[str, Any]:
    """The state of a ModelCheckpoint whose run directory was moved: it forgets its best score where paths differ."""
    there = state.get("dirpath")
    if not there:
        return state
    state = {key: value.replace(there, here) if isinstance(value, str) else value for key, value in state.items()}
    best = {path.replace(there, here): score for path, score in state["best_k_models"].items()}
    return {**state, "best_k_models": best}


def _any(trainer: Trainer, asked: bool | int) -> bool:
    """Whether any device asks for it: they must all write, or none."""
    if trainer.world_size == 1:
        return bool(asked)
    return trainer.strategy.reduce_boolean_decision(bool(asked), all=False)
