"""High-resolution images with the low-resolution ones made from them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from torch import Tensor
from tqdm import tqdm

from sr_experiments.files.images import read_image

Degradation = Callable[[Tensor], Tensor]


class Pair(NamedTuple):
    """An image: `high` uint8 `(3, s·h, s·w)`, `low` uint8 `(3, h, w)`; or `low` luma alone, float of 0 to 255.

    One that does not count only keeps a device busy that has no image of its own.
    """

    name: str
    low: Tensor
    high: Tensor
    counts: bool = True


def read_pair(path: Path, degradation: Degradation, scale: int) -> Pair:
    """Read an image, crop it from the top left to a multiple of `scale`, and degrade it."""
    image = read_image(path)
    height, width = (side - side % scale for side in image.shape[-2:])
    if not height or not width:
        raise ValueError(f"{path}: expected at least {scale} pixels a side at scale={scale}, got {_size(image)}")
    high = image[:, :height, :width]
    return Pair(path.stem, degradation(high), high)


def read_pairs(files: Sequence[Path], degradation: Degradation, scale: int, smallest: int = 1) -> list[Pair]:
    """Read every file; what cannot be used, or is below `smallest` low-resolution pixels, is reported in one list."""
    pairs, problems = [], []
    for path in tqdm(files, desc="reading images", delay=2, leave=False):
        try:
            pair = read_pair(path, degradation, scale)
        except ValueError as error:
            problems.append(str(error))
            continue
        if min(pair.low.shape[-2:]) < smallest:
            problems.append(f"{path}: expected at least {smallest * scale} pixels a side, got {_size(pair.high)}")
        pairs.append(pair)
    if problems:
        raise ValueError("\n".join([f"{len(problems)} of {len(files)} images cannot be used:", *problems]))
    return pairs


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}×{image.shape[-2]}"
