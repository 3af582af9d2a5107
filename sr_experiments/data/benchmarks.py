"""What a network is measured on."""

import re
import sys
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path

from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from sr_experiments.data.pairs import Degradation, Pair, read_pair
from sr_experiments.data.sources import image_files
from sr_experiments.files.images import read_image


class Benchmark:
    """A named set of whole high-resolution images, with the degradation that makes the low-resolution ones.

    `degradation` is one for all images, or a list of one each. An image that can't be used is left out with a warning,
    and `problems` says why.
    """

    def __init__(
        self,
        *,
        name: str,
        images: str | Sequence[str | Path],
        scale: int,
        degradation: Degradation | Sequence[Degradation],
    ) -> None:
        self.name, self.scale = name, scale
        self.files = image_files(images)
        self.degradations = degradation if isinstance(degradation, Sequence) else [degradation] * len(self.files)
        self.degradation_name: str = getattr(self.degradations[0], "func", self.degradations[0]).__name__
        self.problems: list[str] = []

    @cached_property
    def pairs(self) -> list[Pair]:
        """The images that can be used; a ValueError where there is none."""
        pairs = []
        sources = zip(self.files, self.degradations, strict=True)
        for path, degradation in tqdm(sources, self.name, len(self.files), delay=2, leave=False):
            try:
                pairs.append(read_pair(path, degradation, self.scale))
            except ValueError as error:
                self.problems.append(f"{self.name}: left out {error}")
                print(f"warning: {self.problems[-1]}", file=sys.stderr)
        if not pairs:
            raise ValueError("\n".join([f"none of the {len(self.files)} images can be used:", *self.problems]))
        return pairs

    def loader(self, share: tuple[int, int] = (0, 1)) -> DataLoader[Pair]:
        """The images one by one; `share` = (rank, devices) gives each device its own, none twice."""
        return whole_images(self.pairs, share)


def folder(*, name: str, root: str, scale: int, degradation: Degradation) -> Benchmark:
    """High-resolution images in a folder and those below it: a known set in its place below the data root, or any."""
    if not Path(root).expanduser().is_dir():
        raise ValueError(f"no folder {root}: known sets lie below data_root (SR_DATA_ROOT), sr-data get fetches some")
    return Benchmark(name=name, images=root, scale=scale, degradation=degradation)


def paired(*, name: str, high: str, low: str, scale: int) -> Benchmark:
    """Images with low-resolution ones that are given, in a folder each.

    They are called alike, up to the marks that sets use: `ax3.png`, `a_x3.png` and `a_LRBI_x3.png` go with `a.png`.
    """
    lows = {_unmarked(path, scale): path for path in image_files(low)}
    highs = {_unmarked(path, scale): path for path in image_files(high)}
    lonely = sorted(set(highs) ^ set(lows))
    if len(lonely) == len(set(highs) | set(lows)):
        raise ValueError(
            f"no image of {low} goes with one of {high}: expected the same names, as a.png and ax{scale}.png"
        )
    if lonely:
        print(f"warning: {name}: no partner for {', '.join(lonely)}", file=sys.stderr)
    names = sorted(set(highs) & set(lows))
    return Benchmark(
        name=name,
        images=[highs[key] for key in names],
        scale=scale,
        degradation=[partial(given, path=lows[key], scale=scale) for key in names],
    )


def _unmarked(path: Path, scale: int) -> str:
    return re.sub(rf"(_?HR)?(_?LR[A-Z]*)?(_?x{scale})?$", "", path.stem)


def given(high: Tensor, *, path: Path, scale: int) -> Tensor:
    """The image in a file, `scale` times smaller than uint8 `high`; a ValueError where it is not."""
    low = read_image(path)
    height, width = (side // scale for side in high.shape[-2:])
    if low.shape[-2:] != (height, width):
        size = f"{low.shape[-1]}×{low.shape[-2]}"
        raise ValueError(f"{path}: expected {width}×{height} pixels, its high-resolution image ÷{scale}, got {size}")
    return low


def whole_images(pairs: list[Pair], share: tuple[int, int]) -> DataLoader[Pair]:
    """A loader of whole images, one at a time; `share` = (rank, devices) gives each device its own, none twice.

    A device without any gets one that does not count: Lightning's ranks must all measure, or they wait for each other.
    """
    rank, devices = share
    images = pairs[rank::devices] or [pairs[0]._replace(counts=False)]
    return DataLoader(images, batch_size=None)  # pyright: ignore[reportArgumentType]
