"""Files of torch.save that hold more than tensors, such as a whole network: read without running their code.

Handed to torch.load as its pickle module. What tensors are made of is unpickled; every other class or function that the
file names is stood in for by one that keeps what it is given and does nothing.
"""

import pickle
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

PARTS = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_tensor"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch.nn.parameter", "Parameter"),  # before torch 0.4, a call or a state of five gave it its tensor
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

    def __setitem__(self, *_: Any) -> None:
        """Of a class made from dict, such as Lightning's hyperparameters."""

    def append(self, _: Any) -> None:
        """Of a class made from list."""


class Kind(StandIn):
    """A NumPy dtype: `code`, its letter and size, and its byte order."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code, self.order = code, "="

    def __setstate__(self, state: Any) -> None:
        self.order = state[1]


class Array(StandIn):
    """A NumPy array, made from its bytes: NumPy's own unpickling would trust whatever dtype is stated."""

    value: np.ndarray | None = None  # none of what is no numbers

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, transposed, content = state
        if not re.fullmatch("b1|[iu][1248]|f[248]", kind.code):
            return
        flat = np.frombuffer(bytearray(content), np.dtype(kind.code).newbyteorder(kind.order))
        self.value = flat.reshape(shape, order="F" if transposed else "C").astype(flat.dtype.newbyteorder("="))


def _array(*_: Any) -> StandIn:
    return Array()


def _bytes(text: str, _: str) -> bytes:
    return text.encode("latin-1")


NUMPY = {
    ("numpy", "dtype"): Kind,
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy._core.multiarray", "_reconstruct"): _array,
    ("_codecs", "encode"): _bytes,
}


class Unpickler(pickle._Unpickler):
    """Knows the parts of tensors and nothing else.

    The one in Python: that in C takes as much memory for its memo as a few bytes of a file ask for. Here only
    `bytearray` would, which no tensor needs.
    """

    dispatch = {code: load for code, load in pickle._Unpickler.dispatch.items() if code != pickle.BYTEARRAY8[0]}  # noqa: RUF012

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        name = module_name, global_name
        return super().find_class(*name) if name in PARTS else NUMPY.get(name, StandIn)


def load(file: Any, **settings: Any) -> Any:
    """As pickle.load."""
    return Unpickler(file, **settings).load()


def content(path: Path) -> Any:
    """What a file holds, a state dict in the place of each network; nothing where it can't be read so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = sys.modules[__name__]
            # latin-1: the strings of Python 2 are bytes, and there any byte is a letter
            found = torch.load(path, map_location="cpu", pickle_module=ours, weights_only=False, encoding="latin-1")
        return _plain(found)
    except Exception:  # a stand-in doesn't do what is asked of it, a damaged file anything: nothing that is known
        return {}


def _plain(value: Any) -> Any:
    if isinstance(value, Array):
        return value.value
    if isinstance(value, StandIn):
        return dict(_tensors(value, ""))
    return {name: _plain(part) for name, part in value.items()} if isinstance(value, dict) else value


def _tensors(module: Any, prefix: str) -> Iterator[tuple[str, Tensor]]:
    kept = vars(module) if isinstance(module, StandIn) else {}
    for name, value in {**kept.get("_parameters", {}), **kept.get("_buffers", {})}.items():
        if isinstance(value, Tensor):
            yield prefix + name, value.detach()
    for name, child in kept.get("_modules", {}).items():
        yield from _tensors(child, f"{prefix}{name}.")
