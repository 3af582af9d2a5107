"""What a network is measured on."""

import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from sr_experiments.data.crops import PLAIN
from sr_experiments.data.decoded.store import Degradation
from sr_experiments.data.file_pairs import file_pairs
from sr_experiments.data.pairs import Pair, usable_pairs
from sr_experiments.data.picture import Picture
from sr_experiments.data.sources.files import image_files
from sr_experiments.data.sources.names import named_files
from sr_experiments.data.unstored import degradation_name, is_unstored, unstored_pairs
from sr_experiments.legible import legible


class Benchmark:
    """A named set of whole high-resolution images, with the low-resolution ones.

    An image is called by its path below the root of `images`, without suffix; two of one name are refused. The low ones
    are made by `degradation`, or lie in the folder `low`, called `low_name` (`*_lq`) where names differ. An
    image that can't be used is left out with a warning, and `problems` says why. `reader`: as of `TrainingData`.
    `picture`: how pictures show its images.

    `name`: what its scores are called; `scale`: of high to low.
    """

    def __init__(
        self,
        *,
        name: str,
        images: str | Sequence[str | Path],
        scale: float,
        degradation: Degradation | None = None,
        low: str | None = None,
        low_name: str | None = None,
        reader: Callable[[Path], Tensor] | None = None,
        picture: Picture = PLAIN,
    ) -> None:
        if (degradation is None) == (low is None):
            raise ValueError(f"benchmark {name}: expected either a degradation or low-resolution images in low")
        self.name, self.scale, self.degradation, self.low = name, scale, degradation, low
        self.low_name, self.reader, self.picture = low_name, reader, picture
        self.degradation_name = degradation_name(degradation) if degradation else "given"
        self.named = named_files(images, reader)
        self.files = list(self.named.values())
        self.problems: list[str] = []

    @cached_property
    def pairs(self) -> Sequence[Pair]:
        """The images that can be used; a ValueError where there is none."""
        if self.degradation and is_unstored(self.degradation):
            pairs, problems = unstored_pairs(self.named, self.degradation, self.scale)
        elif self.degradation:
            pairs, problems = usable_pairs(self.files, self.degradation, self.scale)
            pairs.high.rename(list(self.named))
        else:
            lows = image_files(self.low or "", self.reader)
            pairs, problems = file_pairs(self.named, lows, self.scale, self.low_name)
        if not pairs:
            raise ValueError("\n".join([f"none of the {len(self.files)} images can be used:", *problems]))
        self.problems = [f"{self.name}: left out {problem}" for problem in problems]
        for problem in self.problems:
            print(legible(f"warning: {problem}"), file=sys.stderr)
        return pairs

    def loader(self, share: tuple[int, int] = (0, 1)) -> DataLoader[Pair]:
        """The images one by one; `share` = (rank, devices) gives each device its own, none twice."""
        return whole_images(self.pairs, share)


def folder(
    *,
    name: str,
    root: str,
    scale: float,
    degradation: Degradation,
    reader: Callable[[Path], Tensor] | None = None,
) -> Benchmark:
    """High-resolution images in a folder and those below it: a known set in its place below the data root, or any."""
    if not Path(root).expanduser().is_dir():
        raise ValueError(f"no folder {root}: known sets lie below data_root (SR_DATA_ROOT), sr-data get fetches some")
    return Benchmark(name=name, images=root, scale=scale, degradation=degradation, reader=reader)


def whole_images(pairs: Sequence[Pair], share: tuple[int, int]) -> DataLoader[Pair]:
    """A loader of whole images, one at a time; `share` = (rank, devices) gives each device its own, none twice.

    A device without any gets one that does not count: Lightning's ranks must all measure, or they wait for each other.
    """
    rank, devices = share
    images = [pairs[number] for number in range(rank, len(pairs), devices)] or [pairs[0]._replace(counts=False)]
    own = torch.Generator()  # a loader that begins draws a number: not from the generator that training goes on with
    return DataLoader(images, batch_size=None, generator=own)  # pyright: ignore[reportArgumentType]
