"""The tensors of a whole network that was pickled, as torch.save(network) did it: read without running its code.

Handed to torch.load as its pickle module. What tensors are made of is unpickled; every other class or function that the
file names is stood in for by one that keeps what it is given and does nothing.
"""

import pickle
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

PARTS = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_tensor"),
    ("torch._utils", "_rebuild_tensor_v2"),
}


class StandIn:
    """An object of a class that is not to be trusted."""

    dump_patches = False  # old files say what a class's source was; torch asks whether to write the difference

    def __new__(cls, *_: Any, **__: Any) -> "StandIn":
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __call__(self, *_: Any, **__: Any) -> "StandIn":
        return StandIn()

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state if isinstance(state, dict) else {})


class Unpickler(pickle.Unpickler):
    """Knows the parts of tensors and nothing else."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        known = (module_name, global_name) in PARTS
        return super().find_class(module_name, global_name) if known else StandIn


def load(file: Any, **settings: Any) -> Any:
    """As pickle.load."""
    return Unpickler(file, **settings).load()


def tensors_of_module(path: Path) -> dict[str, Tensor]:
    """Parameters and buffers under the names of a state dict; none where the file holds no module, alone or `model`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", pickle_module=sys.modules[__name__], weights_only=False)
        return dict(_tensors(found.get("model") if isinstance(found, dict) else found, ""))
    except Exception:  # a stand-in doesn't do what is asked of it, a damaged file anything: no module that is known
        return {}


def _tensors(module: Any, prefix: str) -> Iterator[tuple[str, Tensor]]:
    kept = vars(module) if isinstance(module, StandIn) else {}
    for name, value in {**kept.get("_parameters", {}), **kept.get("_buffers", {})}.items():
        if isinstance(value, Tensor):
            yield prefix + name, value.detach()
    for name, child in kept.get("_modules", {}).items():
        yield from _tensors(child, f"{prefix}{name}.")
