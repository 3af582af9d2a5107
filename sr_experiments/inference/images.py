"""Somebody's output images."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from unicodedata import normalize

from torch import Tensor

from sr_experiments.data.pairs import Pair
from sr_experiments.data.sources.names import named_files
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image


class OutputImages:
    """The images of a folder, `path`, as results of `scale`.

    The one for `baby` is `baby.png`, or else `baby_….png` or `babyx4….png`.
    """

    def __init__(self, *, path: str | Path, scale: float) -> None:
        self.path, self.scale, self.color, self.parameters = path, scale, "rgb", None
        self.files = named_files(path)

    def of(self, names: Iterable[str]) -> Callable[[Pair], Tensor]:
        """What gives each image of a benchmark, of which these are all names, its result: RGB `(1, 3, H, W)` in [0, 1].

        A result belongs to the longest name that it begins with: `baby_2_x4.png` to `baby_2`, not to `baby`. A
        ValueError names the image for which there is none, or more than one.
        """
        own = self._own(names)
        return lambda pair: read_image(self._only(pair.name, own[pair.name]))[None] / 255

    def _own(self, names: Iterable[str]) -> dict[str, dict[str, ImageFile]]:
        own: dict[str, dict[str, ImageFile]] = {name: {} for name in names}
        longest_first = sorted(own, key=lambda name: (len(PurePosixPath(name).name), len(name)), reverse=True)
        patterns = {name: re.compile(self._pattern(name)) for name in longest_first}
        for called, file in self.files.items():
            for name, pattern in patterns.items():
                if pattern.fullmatch(normalize("NFC", called)):
                    own[name][called] = file
                    break
        return own

    def _pattern(self, name: str) -> str:
        mark = rf"[_-]|x{re.escape(str(self.scale))}"
        return rf"(.*/)?{re.escape(normalize('NFC', name))}(({mark})[^/]*)?"

    def _only(self, name: str, own: dict[str, ImageFile]) -> ImageFile:
        exact = [file for called, file in own.items() if PurePosixPath(called).name == PurePosixPath(name).name]
        found = exact or list(own.values())
        if len(found) != 1:
            names = ", ".join(map(str, found)) or "none"
            raise ValueError(
                f"model.path={self.path}: expected one image {name}, {name}_… or {name}x{self.scale}…, found {names}"
            )
        return found[0]
