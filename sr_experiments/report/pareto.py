"""The Pareto front: what nothing else beats in score and cost at once."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name")


def front(points: Mapping[Name, tuple[float, float]]) -> Sequence[Name]:
    """The names whose (cost, score) no other point beats, cheapest first.

    A point is beaten by one that costs no more and scores no less, and is better in one of the two. Points that are
    equal in both are on the front together.
    """
    best = float("-inf")
    chosen: list[Name] = []
    last: tuple[float, float] | None = None
    for name, (cost, score) in sorted(points.items(), key=lambda item: (item[1][0], -item[1][1])):
        if score > best or (cost, score) == last:
            chosen.append(name)
            best, last = score, (cost, score)
    return chosen
