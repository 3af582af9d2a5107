"""Somebody's output images."""

import re
from pathlib import Path

from torch import Tensor

from sr_experiments.data.names import named_files
from sr_experiments.data.pairs import Pair
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image


class OutputImages:
    """The images of a folder, as results: the one for `baby` is `baby.png`, or else `baby_….png` or `babyx4….png`.

    A ValueError names the image for which there is none, or more than one.
    """

    def __init__(self, *, path: str | Path, scale: float) -> None:
        self.path, self.scale = path, scale
        self.files = named_files(path)

    def __call__(self, pair: Pair) -> Tensor:
        """RGB `(1, 3, H, W)` in [0, 1]."""
        return read_image(self._file(pair.name))[None] / 255

    def _file(self, name: str) -> ImageFile:
        place = rf"(.*/)?{re.escape(name)}"
        marked = rf"{place}([_-]|x{re.escape(str(self.scale))})[^/]*"
        exact = [path for called, path in self.files.items() if re.fullmatch(place, called)]
        longer = [path for called, path in self.files.items() if re.fullmatch(marked, called)]
        found = exact or longer
        if len(found) != 1:
            names = ", ".join(str(path) for path in found) or "none"
            raise ValueError(
                f"model.path={self.path}: expected one image {name}, {name}_… or {name}x{self.scale}…, found {names}"
            )
        return found[0]
