"""Released weights under the names that their authors gave them.

A JSON file here tells of one network or family: `rename`, patterns of whole names and what becomes of them (`{2}` is
the second group, `{2*2-1}` a number made of it, SCALE the network's scale), `drop` for what is no weight of ours,
`multiply` for values that the range of the authors' images changes, `unshift` for a bias that gives the mean back.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sr_experiments.model.super_resolution import MEAN

TABLES = Path(__file__).parent
_FIELD = re.compile(r"{(\d)(?:\*(\d+))?([+-]\d+)?}")


def rename(tensors: dict[str, Tensor], ours: Iterable[str], scale: float) -> dict[str, Tensor]:
    """Released `tensors` under `ours`, the names of a network, by the table that suits them best; else as they are."""
    known = set(ours)
    found = [tensors, *(by_table(tensors, known, table, scale) for table in _tables())]
    return max(found, key=lambda result: len(known.intersection(result)))


@cache
def _tables() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(TABLES.glob("*.json"))]


def by_table(tensors: dict[str, Tensor], ours: set[str], table: dict[str, Any], scale: float) -> dict[str, Tensor]:
    """`tensors` as one table renames them; nothing where it does not know a name."""
    result: dict[str, Tensor] = {}
    for name, value in tensors.items():
        made = list(_new_names(name, table["rename"], scale))
        if made:
            new = next((candidate for candidate in made if candidate in ours), made[0])
            result[new] = value * table["multiply"][new] if new in table.get("multiply", {}) else value
        elif not any(re.fullmatch(pattern, name) for pattern in table.get("drop", [])):
            return {}
    bias = table.get("unshift")
    if bias in result:
        result[bias] = result[bias] - torch.tensor(MEAN).repeat_interleave(len(result[bias]) // len(MEAN))
    return result


def _new_names(name: str, rules: list[list[str]], scale: float) -> Iterator[str]:
    """What the rules whose patterns fit make of `name`: of several, the first that the network has is meant."""
    for pattern, template in rules:
        match = re.fullmatch(pattern.replace("SCALE", f"{scale:g}"), name)
        if match:
            yield _FIELD.sub(lambda field, found=match: _field(field, found), template)


def _field(field: re.Match[str], match: re.Match[str]) -> str:
    group, factor, offset = field.groups()
    text = match[int(group)]
    return text if factor is None and offset is None else str(int(text) * int(factor or 1) + int(offset or 0))
