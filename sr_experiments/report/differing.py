"""What tells leaderboards apart that would have the same title."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sr_experiments.report.names import flat

Settings = Mapping[str, Any]


def differing_settings(ways: Mapping[str, Settings]) -> dict[str, str]:
    """Of ways of measuring by their keys, the settings in which they differ, as text; without a key, earlier records.
    No two have one text: where settings don't tell them apart, their keys do.

    Images are told by where they lie, or, where that is the same or not known, by a hash of what they hold.
    """
    if len(ways) == 1:
        return dict.fromkeys(ways, "")
    known = {key: flat(dict(way)) for key, way in ways.items()}
    names = dict.fromkeys(name for way in known.values() for name in way)
    differing = [name for name in names if len({repr(way.get(name)) for way in known.values() if way}) > 1]
    shown = [name for name in differing if _distinguishes(name, differing)]
    texts = {key: _text(shown, way) for key, way in known.items()}
    vague = {text for text, number in Counter(texts.values()).items() if not text or number > 1}
    return {
        key: ", ".join(filter(None, (text, (key or "earlier record") * (text in vague)))) for key, text in texts.items()
    }


def _distinguishes(name: str, differing: Iterable[str]) -> bool:
    place, _, last = name.rpartition(".")
    return last not in ("content", "count") or (last == "content" and f"{place}.source" not in differing)


def _text(names: Iterable[str], way: Settings) -> str:
    return ", ".join(f"{name.rpartition('.')[2]}={way[name]}" for name in names if name in way)
