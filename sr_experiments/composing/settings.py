"""What kind of value each setting takes: its constructor's annotation, or what stands here where it has none.

Standard library only.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

# The settings at the top of conf/train.yaml, evaluate.yaml and profile.yaml.
SETTINGS: dict[str, Any] = {
    "name": str,
    "scale": float,
    "color": str | int,
    "seed": int,
    "data_root": str,
    "output_dir": str | None,
    "resume": str | None,
    "weights": str | None,
    "weights_parts": Sequence[str] | None,
    "budget": dict,
    "audit": bool,
    "run": str | Sequence[str] | None,
    "trust": bool,
    "tile": int | None,
    "self_ensemble": bool,
    "samples": int | None,
    "sampler": dict,
    "width": int,
    "height": int,
    "device": str,
    "precision": str,
    "warmup": int,
    "repeats": int,
    "layers": bool,
    "fit": str | None,
    "memory": float,
    "batch_size": int,
    "patch_size": int,
    "json": str | None,
    "objective": str,
}

_WORDS = {
    str: "text",
    Path: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "settings by name",
    list: "a list",
    tuple: "a list",
    NoneType: "null",
}
_LISTS = (list, tuple, Sequence, Iterable)


def fit_to_kind(value: Any, kind: Any, name: str) -> Any:
    """A plain value where the annotation `kind` stands: itself, or the text of a number where text is meant.

    A ValueError says what the setting `name` expects. What a `_target_` will make, and annotations of which no plain
    value can be told to be wrong (callables, literals, protocols), pass.
    """
    if isinstance(value, dict) and "_target_" in value:
        return value
    kinds = kinds_of(kind)
    if any(_is(value, each) for each in kinds):
        return value
    if isinstance(value, list) and (parts := [part for each in kinds for part in _parts(each)]):
        return [fit_to_kind(item, tuple(parts), f"{name}[{place}]") for place, item in enumerate(value)]
    if type(value) in (int, float) and not {str, Path}.isdisjoint(kinds):
        return str(value)
    words = dict.fromkeys(_WORDS.get(each) or _word(each) for each in kinds)
    raise ValueError(f"{name}: expected {' or '.join(words)}, got {value!r}")


def kinds_of(kind: Any) -> tuple[Any, ...]:
    """The alternatives of a union, or of several kinds, or the one that there is."""
    if isinstance(kind, tuple):
        return tuple(each for part in kind for each in kinds_of(part))
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _is(value: Any, kind: Any) -> bool:
    if kind in _WORDS:
        return type(value) in {float: (float, int), Path: (str,)}.get(kind, (kind,))
    if get_origin(kind) in _LISTS:
        return False
    try:
        return isinstance(value, kind) or not isinstance(value, bool | int | float | str | None)
    except TypeError:
        return True


def _parts(kind: Any) -> list[Any]:
    return [part for part in get_args(kind) if part is not ...] if get_origin(kind) in _LISTS else []


def _word(kind: Any) -> str:
    return "a list" if get_origin(kind) in _LISTS else getattr(kind, "__name__", str(kind))
