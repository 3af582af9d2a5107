"""Weights as other programs wrap them: in which part of a file they are, and what stands before their names."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sr_experiments.model.official.rename import rename

WRAPPERS = re.compile(
    r"_orig_mod\.|_fsdp_wrapped_module\.|_checkpoint_wrapped_module\."
)  # torch's, wherever they stand
DEEPEST = 4  # prefixes or dictionaries, one in the other
Value = Tensor | np.ndarray


class Reading(NamedTuple):
    """Tensors under a network's names, how many of these it has, and what they were taken out of."""

    tensors: dict[str, Tensor]
    known: int
    prefix: str
    key: str = ""
    note: str = ""

    @property
    def fit(self) -> tuple[int, bool, int]:
        """Which of several readings is meant: the best known, of equals the averaged, of those the least stripped."""
        averaged = self.known > 0 and "ema" in re.split("[^a-z]+", f"{self.key} {self.prefix}".lower())
        return self.known, averaged, -self.prefix.count(".")


def best_reading(content: dict[Any, Any], names: Collection[str], scale: float) -> Reading:
    """The part of `content`, dictionaries in dictionaries, that suits a network of these `names` best."""
    readings = [_part(key, values, frozenset(names), scale) for key, values in _dictionaries(content)]
    return max(readings, key=lambda reading: reading.fit, default=Reading({}, 0, ""))


def _dictionaries(content: dict[Any, Any], key: str = "") -> Iterator[tuple[str, dict[str, Value]]]:
    named = {name: value for name, value in content.items() if isinstance(name, str)}
    if values := {name: value for name, value in named.items() if isinstance(value, Value)}:
        yield key, values
    for name, value in named.items():
        if isinstance(value, dict) and key.count(".") < DEEPEST:
            yield from _dictionaries(value, f"{key}.{name}" if key else name)


def _part(key: str, values: dict[str, Value], names: frozenset[str], scale: float) -> Reading:
    tensors = {WRAPPERS.sub("", name): _tensor(value) for name, value in values.items()}
    reading = _unprefixed(tensors, names, scale)
    prefixes = sorted({wrapper for name in values for wrapper in WRAPPERS.findall(name)} | {reading.prefix} - {""})
    kinds = sorted({_kind(value) for value in values.values()} - {"float32", "int64"})
    notes = (f"out of {key}" * bool(key), *(f"without {prefix}" for prefix in prefixes), *(f"from {k}" for k in kinds))
    return reading._replace(key=key, note=", ".join(filter(None, notes)))


def _tensor(value: Value) -> Tensor:
    tensor = torch.from_numpy(value) if isinstance(value, np.ndarray) else value.detach()
    return tensor.float() if tensor.is_floating_point() else tensor


def _kind(value: Value) -> str:
    return "NumPy arrays" if isinstance(value, np.ndarray) else str(value.dtype).removeprefix("torch.")


def _unprefixed(tensors: dict[str, Tensor], names: frozenset[str], scale: float, prefix: str = "") -> Reading:
    """Goes on below the first parts of the names only as long as the network knows none of them."""
    found = rename(tensors, names, scale)
    whole = Reading(found, len(names.intersection(found)), prefix)
    if whole.known or prefix.count(".") == DEEPEST:
        return whole
    below: defaultdict[str, dict[str, Tensor]] = defaultdict(dict)
    for name, value in tensors.items():
        first, _, rest = name.partition(".")
        if rest and first.isidentifier():
            below[first][rest] = value
    inner = (_unprefixed(some, names, scale, f"{prefix}{first}.") for first, some in below.items())
    return max([whole, *inner], key=lambda reading: reading.fit)
