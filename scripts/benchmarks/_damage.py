"""Files and records that are not what they were."""

from typing import Any

import numpy as np

ODD = [None, True, -1, 0, 1e308, float("nan"), 2**70, "", "x", "é\0\x1b[2J", "/", [], [[]], {}, {"": None}]


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """Some bytes are others, cut out, or twice; half of the changes fall into the first 128."""
    changed = bytearray(content)
    for _ in range(random.integers(1, 9)):
        place = int(random.integers(0, min(len(changed), 128 if random.random() < 0.5 else len(changed)) or 1))
        match random.integers(4):
            case 0:
                changed[place : place + 1] = random.bytes(1)
            case 1:
                changed[place : place + 4] = random.choice([b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"])
            case 2:
                del changed[place : place + int(random.integers(1, 64))]
            case _:
                changed[place:place] = changed[place : place + int(random.integers(1, 64))]
    return bytes(changed)


def replaced(node: Any, random: np.random.Generator) -> Any:
    """JSON in which one part, at any depth, is something odd."""
    if not isinstance(node, dict | list) or not node or random.random() < 0.1:
        return ODD[random.integers(len(ODD))]
    places = list(node) if isinstance(node, dict) else range(len(node))
    place = places[random.integers(len(places))]
    part = replaced(node[place], random)
    if isinstance(node, dict):
        return {**node, place: part}
    return [*node[:place], part, *node[place + 1 :]]
