"""This machine's cores and GPUs, shared out among the jobs that run at once."""

import os
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Shares:
    """Lends each job its GPUs and its number of CPU threads, `jobs` at once, so that none tramples another.

    A job waits for as many different GPUs as its trainer has devices; with more jobs than GPUs, some share one.
    """

    def __init__(self, *, jobs: int, threads: int | None) -> None:
        self.threads = threads or max(1, cores() // jobs)
        found = gpus()
        self.places = Counter({gpu: -(-jobs // len(found)) for gpu in found})
        self.changed = threading.Condition()

    @contextmanager
    def lend(self, trainer: dict[str, Any]) -> Iterator[dict[str, str]]:
        """The environment of a job with this `trainer`, until the job is done."""
        wanted = self._devices(trainer)
        gpus = self._take(wanted) if self._on_gpu(trainer) else []
        try:
            ranks = 1 if gpus else wanted
            environment = {"OMP_NUM_THREADS": str(max(1, self.threads // ranks))}
            yield environment | ({"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {})
        finally:
            with self.changed:
                self.places.update(gpus)
                self.changed.notify_all()

    def _take(self, wanted: int) -> list[str]:
        with self.changed:
            self.changed.wait_for(lambda: len(self._free()) >= wanted)
            gpus = self._free()[:wanted]
            self.places.subtract(gpus)
            return gpus

    def _free(self) -> list[str]:
        """The GPUs that have a place left, the emptiest first."""
        return [gpu for gpu, places in self.places.most_common() if places > 0]

    def _on_gpu(self, trainer: dict[str, Any]) -> bool:
        return bool(self.places) and trainer.get("accelerator") in ("gpu", "cuda", "auto")

    def _devices(self, trainer: dict[str, Any]) -> int:
        devices = trainer.get("devices", 1)
        if isinstance(devices, int) and devices > 0:
            return min(devices, len(self.places)) if self._on_gpu(trainer) else devices
        return max(1, len(self.places)) if self._on_gpu(trainer) else 1


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def gpus() -> list[str]:
    """The GPUs of this machine that jobs may use, asked without touching one."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name.strip() for name in visible.split(",") if name.strip()]
    question = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        return subprocess.run(question, capture_output=True, text=True, timeout=30, check=True).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return []
