"""How the steps of a degradation draw: each from a generator of its own, each image of a batch for itself."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from sr_experiments.transfer import to_device


def generators(random: np.random.Generator, count: int) -> list[np.random.Generator]:
    """Independent generators, so that how much one step draws changes no other."""
    keys = random.integers(2**63, size=count).tolist()
    return [np.random.Generator(np.random.Philox(key=key)) for key in keys]


def between(random: np.random.Generator, limits: Sequence[float], count: int) -> np.ndarray:
    """`count` numbers drawn evenly from `limits` = (lowest, highest)."""
    if len(limits) != 2 or limits[0] > limits[1]:
        raise ValueError(f"a degradation's range: expected [lowest, highest], got {limits}")
    return random.uniform(limits[0], limits[1], count)


def like(array: np.ndarray, image: Tensor) -> Tensor:
    """An array as a tensor of the type and on the device of `image`."""
    return to_device(array, image.device, image.dtype)
