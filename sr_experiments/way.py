"""How a benchmark is measured, told apart by content: its images, its degradation, the protocol, the tiles."""

import hashlib
import json
from typing import Any, NamedTuple

from sr_experiments.config import Config, build
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.names import named_files

Settings = dict[str, Any]

IMAGES = ("images", "root")


class Way(NamedTuple):
    """The `key` of a row of scores, twelve hexadecimal digits, and the `settings` that it is a hash of."""

    key: str
    settings: Settings


def way(config: Config, name: str, tile: int | None = None, drawing: Settings | None = None) -> Way:
    """How a resolved config measures the benchmark that it calls `name`: whole or in tiles, one result or samples.

    `drawing`: the settings of samples.

    No pixel is decoded and torch is not imported: this answers before a training. A ValueError where the images can't
    be found, or two share a name. In `settings`, `source` says where images were found and is no part of the key.
    """
    known = config["benchmark"][name]
    node = {key: value for key, value in known.items() if key != "name" and (key, value) != ("reader", None)}
    if node.get("reader"):  # one that chooses none is as those of before, which could not
        node["reader"] = {key: value for key, value in node["reader"].items() if (key, value) != ("bands", None)}
    found = next((key for key in IMAGES if key in node), None)
    source = node.pop(found) if found else build(config["benchmark"], name).files
    reader = build(node, "reader") if node.get("reader") else None
    settings: Settings = {"images": _content(source, reader), "low": None, "protocol": config["protocol"]}
    if node.get("low"):
        settings["low"] = _content(node.pop("low"), reader)
    settings |= {"tile": tile, **node, **(drawing or {})}
    return Way(_hash(settings), settings)


def _content(source: Any, reader: Any) -> Settings:
    """What a source holds, whatever it is called: how many images, and a hash of their names and contents."""
    named = named_files(build({"images": source}, "images") if isinstance(source, dict) else source, reader)
    places = source if isinstance(source, str | dict) else None
    return {"source": places, "count": len(named), "content": _digits([list(named), content_key(named.values())])}


def _hash(settings: Settings) -> str:
    parts = {key: value for key, value in settings.items() if key not in ("images", "low")}
    contents = [settings[key] and settings[key]["content"] for key in ("images", "low")]
    return _digits([contents, parts])


def _digits(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
