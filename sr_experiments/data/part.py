"""One device's part of a training batch."""

from collections.abc import Callable, Sequence
from functools import partial
from inspect import signature

import numpy as np
from torch import Tensor

from sr_experiments.degradation.chain import PART

Augmentation = Callable[..., tuple[Tensor, Tensor]]


class Part:
    """The patches `own` of a batch of `batch_size` that the first, second, … of several devices trains on.

    `share`: (rank, devices). `augmentations`: functions of (low, high, generator), in order; those that also take
    `first` and `count`, where in the batch what they are given lies, treat each patch alone. Where all do, no more than
    `cut` need be made: `own`, and what draws its degradation together with that. Else it is the whole batch.
    """

    def __init__(self, batch_size: int, share: tuple[int, int], augmentations: Sequence[Augmentation]) -> None:
        rank, devices = share
        self.own = slice(rank * batch_size // devices, (rank + 1) * batch_size // devices)
        alone = all({"first", "count"} <= signature(each).parameters.keys() for each in augmentations)
        self.cut = slice(0, batch_size)
        if alone:
            self.cut = slice(self.own.start // PART * PART, min(-(-self.own.stop // PART) * PART, batch_size))
        self.place = (self.cut.start, batch_size)
        placed = {"first": self.cut.start, "count": batch_size} if alone else {}
        self.augmentations = [partial(each, **placed) for each in augmentations]

    def __call__(self, low: Tensor, high: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """What the device trains on of the patches `cut`, augmented."""
        for augmentation in self.augmentations:
            low, high = augmentation(low, high, random)
        own = slice(self.own.start - self.cut.start, self.own.stop - self.cut.start)
        return low[own].contiguous(), high[own].contiguous()
