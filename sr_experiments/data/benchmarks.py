"""What a network is measured on."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from torch.utils.data import DataLoader

from sr_experiments.data.pairs import Pair, Pairs, read_pairs
from sr_experiments.data.sources import image_files
from sr_experiments.data.store import Degradation


class Benchmark:
    """A named set of whole high-resolution images, with the degradation that makes the low-resolution ones."""

    def __init__(self, *, name: str, images: str | Sequence[str | Path], scale: int, degradation: Degradation) -> None:
        self.name, self.scale, self.degradation = name, scale, degradation
        self.degradation_name: str = getattr(degradation, "func", degradation).__name__
        self.files = image_files(images)

    @cached_property
    def pairs(self) -> Pairs:
        return read_pairs(self.files, self.degradation, self.scale)

    def loader(self, share: tuple[int, int] = (0, 1)) -> DataLoader[Pair]:
        """The images one by one; `share` = (rank, devices) gives each device its own, none twice."""
        return whole_images(self.pairs, share)


def whole_images(pairs: Pairs, share: tuple[int, int]) -> DataLoader[Pair]:
    """A loader of whole images, one at a time; `share` = (rank, devices) gives each device its own, none twice.

    A device without any gets one that does not count: Lightning's ranks must all measure, or they wait for each other.
    """
    rank, devices = share
    images = [pairs[number] for number in range(rank, len(pairs), devices)] or [pairs[0]._replace(counts=False)]
    return DataLoader(images, batch_size=None)  # pyright: ignore[reportArgumentType]
