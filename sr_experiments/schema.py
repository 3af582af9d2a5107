"""What a run record must hold to be read: a stranger's is checked before anything is computed from it."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from sr_experiments.legible import legible

DEEPEST = 32  # levels of a record
LARGEST = 1e30  # of what is counted or timed

Check = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _amount(value: Any) -> bool:
    return _number(value) and value >= 0


def _time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(of: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(of, value))


def _objects(of: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(of, value.values()))


def _validation(value: Any) -> bool:
    return _object(value) and bool(value.keys() - {"step"}) and all(map(_number, value.values()))


def _profile(value: Any) -> bool:
    return isinstance(value, dict) and all(check(value.get(key)) for key, check in PROFILE.items())


PROFILE: dict[str, Check] = {
    "latency_ms": _amount,
    "input": lambda value: _list(_whole)(value) and len(value) >= 2,
    "device": _text,
    "threads": _whole,
    "precision": _text,
}
KINDS: dict[str, tuple[Check, str]] = {
    "status": (_text, "text"),
    "signature": (_text, "text"),
    "seed": (_whole, "a whole number"),
    "choices": (_object, "an object"),
    "choices.model": (_text, "text"),
    "choices.data": (_text, "text"),
    "config": (_object, "an object"),
    "config.scale": (_amount, "a number"),
    "config.color": (lambda value: _text(value) or _whole(value), "text, or a whole number of channels"),
    "config.model": (_object, "an object"),
    "config.data": (_object, "an object"),
    "started": (_time, "a time"),
    "ended": (_time, "a time"),
    "code": (_text, "text"),
    "machine": (_object, "an object"),
    "machine.processor": (_text, "text"),
    "threads": (lambda value: _whole(value) and value > 0, "a whole number above 0"),
    "parameters": (_amount, "a number"),
    "multiply_adds": (_amount, "a number"),
    "sample_multiply_adds": (_amount, "a number"),
    "validation": (_validation, "an object with a metric's number besides the step"),
    "timings": (_objects(lambda value: value is None or _amount(value)), "an object of numbers"),
    "profiles": (_list(_profile), f"a list of objects with {', '.join(PROFILE)}"),
    "selection_saw": (_list(_text), "a list of text"),
    "higher_is_better": (
        _objects(lambda value: value is None or isinstance(value, bool)),
        "an object of true or false",
    ),
    "judges": (_objects(_text), "an object of text"),
    "ways": (_objects(_object), "an object of objects"),
}
# What a record needs: to be compared, to give its network, and where a training has finished.
COMPARED = ("status", "signature", "seed", "choices", "config")
USED = (*COMPARED, "config.model", "config.scale", "config.color")
FINISHED = ("code", "config", "validation")


def check(record: dict[str, Any], needed: Collection[str] = ()) -> None:
    """A ValueError that names all that is wrong in a run record, or that it lacks of what is needed."""
    if _is_too_deep(record):
        raise ValueError(f"foreign or broken: its record is more than {DEEPEST} levels deep")
    if wrong := list(_wrong(record, needed)):
        raise ValueError(f"foreign or broken: its record has no proper {'; '.join(wrong)}")


def _wrong(record: dict[str, Any], needed: Collection[str]) -> Iterator[str]:
    for key, (holds, expected) in KINDS.items():
        value = _at(record, key)
        if not holds(value) and (value is not None or key in needed):
            yield f"{key} (expected {expected}, got {legible(repr(value)[:40])})"


def _at(record: Any, key: str) -> Any:
    for name in key.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _is_too_deep(record: Any) -> bool:
    level = [record]
    for _ in range(DEEPEST):
        parts = [part for node in level for part in (node.values() if isinstance(node, dict) else node)]
        level = [part for part in parts if isinstance(part, dict | list)]
    return bool(level)
