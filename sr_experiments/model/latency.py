"""How long a network takes, and how much memory, on this machine."""

import ctypes
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Latency(NamedTuple):
    """Milliseconds of one forward pass, and the MiB that it takes beyond the weights (None where unknown)."""

    median_ms: float
    fastest_ms: float
    slowest_ms: float
    peak_memory_mib: float | None


@torch.inference_mode()
def latency(network: nn.Module, low: Tensor, *, precision: torch.dtype, warmup: int, repeats: int) -> Latency:
    """Time `network(low)` on the device of `low`, under autocast where `precision` is not float32."""

    def forward() -> None:
        with torch.autocast(low.device.type, precision) if precision != torch.float32 else nullcontext():
            network(low)
        if low.is_cuda:
            torch.cuda.synchronize()

    for _ in range(max(warmup - 1, 0)):
        forward()
    memory = peak_memory(forward, low.device)
    milliseconds = [1000 * seconds(forward) for _ in range(repeats)]
    return Latency(median(milliseconds), min(milliseconds), max(milliseconds), memory)


def seconds(action: Callable[[], None]) -> float:
    """How long an action takes."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def peak_memory(action: Callable[[], None], device: torch.device) -> float | None:
    """The MiB by which an action raises the memory in use at its peak; on the CPU by Linux's own account."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        action()
        return (torch.cuda.max_memory_allocated(device) - before) / 2**20
    try:
        ctypes.CDLL(None).malloc_trim(0)  # or freed memory that malloc kept would serve the action unseen
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
    except (OSError, AttributeError):
        return action()
    action()
    return (_status("VmHWM") - before) / 2**10


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
