"""How much memory a step of training takes, told without taking it."""

import copy
import weakref
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary
from tqdm import tqdm

OF_ADAM = 2  # numbers that it keeps for each weight
MOST = 4096


class Alive(TorchDispatchMode):
    """Counts the bytes of the tensors that are made under it and still there; `peak` is the most of them at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.known: Any = WeakIdKeyDictionary()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in tree_leaves(made):
            if isinstance(each, Tensor) and (storage := each.untyped_storage()) not in self.known:
                self.known[storage] = None
                self.now += storage.nbytes()
                weakref.finalize(storage, self._gone, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return made

    def _gone(self, size: int) -> None:
        self.now -= size


def step_bytes(network: nn.Module, channels: int, batch: int, patch: int) -> int:
    """Bytes of all tensors at the peak of a step on `batch` patches of `patch` low-resolution pixels a side.

    Weights, gradients, what Adam keeps, activations in float32 and an L1 loss; not what torch takes for itself (0.3 to
    0.5 GiB), nor an operation while it runs. Nothing is computed: the network goes through torch's meta device.
    """
    network = copy.deepcopy(network).train()
    with Alive() as alive:
        outline = network.to("meta")
        made = tree_leaves(outline(torch.empty(batch, channels, patch, patch, device="meta")))
        losses = [l1_loss(part, torch.empty_like(part)) for part in made]
        del made
        torch.stack(losses).sum().backward()
    return OF_ADAM * sum(value.nbytes for value in outline.parameters()) + alive.peak


def largest(size: Callable[[int], int], limit: float) -> int:
    """The largest number up to 4,096 whose `size`, which grows with it, is within the limit; 0 if none is."""
    with tqdm(total=MOST.bit_length(), desc="sizes tried", disable=None, leave=False) as bar:

        def tried(number: int) -> float:
            bar.update()
            return size(number)

        return bisect_right(range(1, MOST + 1), limit, key=tried)
