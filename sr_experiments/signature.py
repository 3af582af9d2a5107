"""What identifies an experiment: its settings and the content of its files, whatever these are called."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

# What cannot change the trained network; data.train, data.val and the like enter as the key of their content.
NO_PART_OF_THE_EXPERIMENT = (
    "seed",
    "name",
    "sweep",
    "data_root",
    "output_dir",
    "resume",
    "trust",
    "audit",
    "logger",
    "benchmark",
    "protocol",
    "metrics",
    "callbacks.gap",
    "reader",
    "callbacks.last",
    "callbacks.progress",
    "trainer.log_every_n_steps",
    "trainer.profiler",
    "model.decoder.checkpointing",
    "data.train",
    "data.val",
    "data.train_low",
    "data.val_low",
    "data.workers",
    "data.on_bad",
    "data.max_pixels",
    "data.store",
)
# Settings that earlier configs lack: null is as if they did.
ADDED = ("tile", "data.images", "data.fraction", "data.reader", "data.reader.bands", "weights_parts")


def signature_of(config: dict[str, Any], data_key: str) -> str:
    """What identifies an experiment: twelve hexadecimal digits of a resolved config and the content of its data."""
    parts = json.loads(json.dumps(config))
    for key in (*NO_PART_OF_THE_EXPERIMENT, *ADDED):
        *path, last = key.split(".")
        node = parts
        for name in path:
            node = node.get(name) or {}
        if key not in ADDED or node.get(last) is None:
            node.pop(last, None)
    text = json.dumps([by_content(parts), data_key], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def by_content(node: Any) -> Any:
    """A config in which whatever names a file or a run, such as a criterion's teacher, is the hash of what it holds."""
    if isinstance(node, dict):
        return {key: by_content(value) for key, value in node.items()}
    if isinstance(node, list):
        return [by_content(value) for value in node]
    if not isinstance(node, str) or not {".", "/"} & set(node):
        return node
    named = Path(os.path.expanduser(node))  # noqa: PTH111 - refuses no name
    places = (named, named / "weights.safetensors")
    try:
        return next((file_key(place) for place in places if place.is_file()), node)
    except (OSError, ValueError):
        return node


def file_key(path: Path) -> str:
    """A hash of what a file holds."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
