"""What was made in a folder, from what and how: so that a command goes on where it ended."""

import json
import os
from pathlib import Path

NAME = ".sr-upscale.jsonl"


class Results:
    """A line of JSON for each result in a folder, made in the way that `key` stands for."""

    def __init__(self, folder: Path, key: str) -> None:
        self.key = key
        self.path = folder / NAME
        self.lines = set(self.path.read_text("utf-8", "replace").splitlines()) if self.path.is_file() else set()

    def has(self, source: Path, output: Path) -> bool:
        """Whether a result is there, whole, made from this very file in this way."""
        return output.is_file() and self._line(source, output) in self.lines

    def add(self, source: Path, output: Path) -> None:
        """Note a result."""
        line = self._line(source, output)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        self.lines.add(line)

    def _line(self, source: Path, output: Path) -> str:
        found, place = source.stat(), os.path.relpath(output, self.path.parent)
        stamp = {"source": source.name, "source_size": found.st_size, "source_time": found.st_mtime_ns}
        return json.dumps({"output": place, "size": output.stat().st_size, **stamp, "key": self.key}, sort_keys=True)
