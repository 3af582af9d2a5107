"""Names for experiments: what differs between them, never a hash."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sr_experiments.record import Record
from sr_experiments.signature import NO_PART_OF_THE_EXPERIMENT

LISTS = ("loss", "augmentation")  # groups that Hydra's choices lack where a list was chosen
_NO_PART = {key.partition(".")[0] for key in NO_PART_OF_THE_EXPERIMENT if "." not in key}


def experiment_names(records: Sequence[Record]) -> list[str]:
    """A name for each run record: its model, and of its other choices and values those that set it apart.

    Records are told apart by their model first, then by other choices, then by single values; a key enters a name only
    where experiments that would be called the same differ in it. Several scales are told apart by ×2, ×3, …
    """
    features = [_features(record) for record in records]
    scales = [record["config"].get("scale") for record in records]
    groups = _split(range(len(records)), scales)
    parts: list[list[str]] = [[] for _ in records]
    for key in dict.fromkeys(key for feature in features for key in feature):
        values = [feature.get(key) for feature in features]
        finer = [_split(group, values) for group in groups]
        for group, split in zip(groups, finer, strict=True):
            for number in group if len(split) > 1 or key == "model" else ():
                parts[number] += _part(key, values[number])
        groups = [group for split in finer for group in split]
    if len(set(scales)) > 1:
        parts = [[*part, f"×{scale}"] for part, scale in zip(parts, scales, strict=True)]
    return [" ".join(part) or "run" for part in parts]


def _features(record: Record) -> dict[str, Any]:
    """What may tell a record apart, most telling first: its model, what was chosen several at once, others, values."""
    choices = {key: value for key, value in record["choices"].items() if key.partition("@")[0] not in _NO_PART}
    config = {key: value for key, value in record["config"].items() if key not in _NO_PART}
    several = {group: "+".join(config[group]) for group in LISTS if config.get(group) and group not in choices}
    return {"model": choices.pop("model", None), **several, **choices, **flat(config)}


def flat(node: Record) -> dict[str, Any]:
    """A nested configuration by dotted keys: `optimizer.lr`."""
    return dict(_leaves("", node))


def _leaves(prefix: str, node: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(node, dict):
        yield prefix, node
        return
    for key, value in node.items():
        yield from _leaves(f"{prefix}.{key}" if prefix else key, value)


def _part(key: str, value: Any) -> list[str]:
    if value is None:
        return []
    return [str(value) if key == "model" else f"{key.rpartition('/')[2].rpartition('.')[2]}={value}"]


def _split(group: Iterable[int], values: Sequence[Any]) -> list[list[int]]:
    """The numbers of a group whose values are the same, together."""
    parts: defaultdict[str, list[int]] = defaultdict(list)
    for number in group:
        parts[repr(values[number])].append(number)
    return list(parts.values())
