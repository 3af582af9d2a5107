"""How long a forward and a backward pass take, by the way in which they are computed."""

import copy
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves
from tqdm import tqdm

ROUNDS, ENOUGH = 20, 2.0  # seconds, after which no other round begins


class Way(NamedTuple):
    """How features lie in memory, what convolutions multiply, and whether torch.compile makes code of it all.

    `threads`: how many compute it, None for all that torch has.
    """

    channels_last: bool = True
    bfloat16: bool = False
    compiled: bool = False
    threads: int | None = None

    def __str__(self) -> str:
        layout = f"{'bfloat16' if self.bfloat16 else 'float32'}, channels {'last' if self.channels_last else 'first'}"
        return layout + ", compiled" * self.compiled + ", one thread" * (self.threads == 1)


def eager_ways(*, bfloat16: bool = True) -> list[Way]:
    """Those that need no compiler: on all threads and on one, in both precisions unless `bfloat16` is not allowed."""
    threads = [None, 1] if torch.get_num_threads() > 1 else [None]
    return [Way(*way) for way in product([False, True], [False, True][: 1 + bfloat16], [False], threads)]


@contextmanager
def limited(threads: int | None) -> Iterator[None]:
    """Have torch compute with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Pace(NamedTuple):
    """Seconds of the first pass, which compiles, and of the best after it."""

    first: float
    best: float


def paces(network: nn.Module, low: Tensor, ways: Iterable[Way]) -> dict[Way, Pace]:
    """Of passes of `low` `(B, C, H, W)` in each way that the network can be computed in, in rounds, ways in turn."""
    with torch.random.fork_rng([low.device] if low.is_cuda else []):
        steps = {way: _step(network, low, way) for way in ways}
        found = {way: Pace(first, first) for way, step in steps.items() if (first := _seconds(step, low.device))}
        began = time.monotonic()
        for _ in tqdm(range(ROUNDS), "steps in turn", disable=None, leave=False):
            for way, (first, best) in found.items():
                found[way] = Pace(first, min(best, _seconds(steps[way], low.device) or best))
            if time.monotonic() - began > ENOUGH:
                break
    return found


def use_convolutions(network: nn.Module) -> None:
    """Compute transposed convolutions and interpolated skips as convolutions, to rounding."""
    for part in network.modules():
        if hasattr(part, "as_convolution"):
            part.as_convolution = True  # pyright: ignore[reportArgumentType]


def compile_steps(network: nn.Module) -> None:
    """Have torch.compile make code of the network when it is first called; on a GPU as CUDA graphs."""
    on_gpu = any(each.is_cuda for each in network.parameters())
    network.compile(dynamic=False, mode="reduce-overhead" if on_gpu else None)


def _step(network: nn.Module, low: Tensor, way: Way) -> Callable[[], None]:
    trial = copy.deepcopy(network).to(low.device).train()
    if way.channels_last:
        trial.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    if way.compiled:
        compile_steps(trial)

    def step() -> None:
        with limited(way.threads):
            with torch.autocast(low.device.type, torch.bfloat16, enabled=way.bfloat16):
                made = tree_leaves(trial(low))
            torch.stack([part.float().square().mean() for part in made]).sum().backward()

    return step


def _seconds(step: Callable[[], None], device: torch.device) -> float | None:
    """None where the network can't be computed so."""
    began = time.perf_counter()
    try:
        step()
    except RuntimeError:
        return None
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began
