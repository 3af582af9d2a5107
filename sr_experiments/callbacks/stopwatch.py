"""How long training took, and nothing else."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from pytorch_lightning import Callback


class Stopwatch(Callback):
    """Seconds spent in training steps and in validation, summed over every part of an interrupted run.

    `waiting` is the part of training in which a step waits for its batch. Checkpoints that follow a validation count as
    part of it.
    """

    def __init__(self) -> None:
        self.spent = {"train": 0.0, "waiting": 0.0, "validation": 0.0}
        self.activity = ""
        self._since = time.monotonic()

    def begin(self, activity: str) -> float:
        """Begin an activity (`""`: none that counts); the seconds since another began, which are added to that one."""
        now = time.monotonic()
        seconds = now - self._since
        if self.activity:
            self.spent[self.activity] += seconds
        self.activity, self._since = activity, now
        return seconds

    def time_batches(self, batches: Iterable[Any]) -> Iterable[Any]:
        """The same endless batches; once training has begun, the time until each is there counts as waiting."""
        return TimedBatches(batches, self)

    def on_train_start(self, *_: Any) -> None:
        self.begin("train")

    def on_train_batch_end(self, *_: Any) -> None:
        self.begin("train")

    def on_validation_start(self, *_: Any) -> None:
        self.begin("validation")

    def on_validation_end(self, *_: Any) -> None:
        self.begin("validation")

    def on_train_end(self, *_: Any) -> None:
        self.begin("")

    def state_dict(self) -> dict[str, float]:
        return dict(self.spent)

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        self.spent = dict(state_dict)


class TimedBatches:
    """Those of `batches`, waited for by `stopwatch`.

    An iterable, so that the workers of a loader behind it end with the iterator that Lightning drops.
    """

    def __init__(self, batches: Iterable[Any], stopwatch: Stopwatch) -> None:
        self.batches, self.stopwatch = batches, stopwatch

    def __iter__(self) -> Iterator[Any]:
        batches = iter(self.batches)
        while True:
            training = "train" if self.stopwatch.activity else ""
            self.stopwatch.begin(training)
            batch = next(batches)
            waited = self.stopwatch.begin(training)
            if training:
                self.stopwatch.spent["waiting"] += waited
            yield batch
