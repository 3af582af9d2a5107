"""How long training took, and nothing else."""

import time
from typing import Any

from pytorch_lightning import Callback, Trainer


class Stopwatch(Callback):
    """Seconds spent in training steps and in validation, summed over every part of an interrupted run.

    `waiting` is the part of training between a step's end and the next batch. Checkpoints that follow a validation
    count as part of it.
    """

    def __init__(self) -> None:
        self.spent = {"train": 0.0, "waiting": 0.0, "validation": 0.0}
        self._since = time.monotonic()
        self._validated = False

    def lap(self, activity: str) -> None:
        """Add the time since the last lap to an activity."""
        now = time.monotonic()
        self.spent[activity] += now - self._since
        self._since = now

    def on_train_start(self, *_: Any) -> None:
        self._since = time.monotonic()

    def on_train_batch_start(self, *_: Any) -> None:
        if self._validated:
            self.lap("validation")
            self._validated = False
        self.spent["waiting"] += time.monotonic() - self._since

    def on_train_batch_end(self, *_: Any) -> None:
        self.lap("train")

    def on_validation_start(self, trainer: Trainer, *_: Any) -> None:
        if trainer.state.fn == "fit":
            self.lap("train")
        self._since = time.monotonic()

    def on_validation_end(self, *_: Any) -> None:
        self.lap("validation")
        self._validated = True

    def state_dict(self) -> dict[str, float]:
        return dict(self.spent)

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        self.spent = dict(state_dict)
