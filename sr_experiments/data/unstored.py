"""Images of which no store holds what a degradation makes: it is neither uint8 nor, where it is luma, RGB."""

from collections.abc import Callable, Mapping

from torch import Tensor

from sr_experiments.data.decoded.store import Degradation
from sr_experiments.data.pairs import Pair
from sr_experiments.degradation.bicubic_y import bicubic_y
from sr_experiments.degradation.unclipped_noise import unclipped_noise
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_image, read_luma
from sr_experiments.resize import high_size, low_size

READERS = {bicubic_y.__name__: read_luma, unclipped_noise.__name__: read_image}  # by degradation


def degradation_name(degradation: Degradation) -> str:
    """What its scores are called."""
    return getattr(degradation, "func", degradation).__name__


def is_unstored(degradation: Degradation) -> bool:
    """Whether no store holds what it makes; it is for benchmarks then."""
    return degradation_name(degradation) in READERS


def unstored_pairs(
    files: Mapping[str, ImageFile], degradation: Degradation, scale: float
) -> tuple[list[Pair], list[str]]:
    """The pairs that `degradation` makes of files by name, and a line for each file that can't be used."""
    read, pairs, problems = READERS[degradation_name(degradation)], [], []
    for name, path in files.items():
        try:
            pairs.append(_pair(name, path, degradation, scale, read))
        except ValueError as error:
            problems.append(str(error))
    return pairs, problems


def _pair(
    name: str, path: ImageFile, degradation: Degradation, scale: float, read: Callable[[ImageFile], Tensor]
) -> Pair:
    image = read(path)
    height, width = high_size(low_size(image.shape[-2:], scale), scale)
    if not height or not width:
        raise ValueError(f"{path}: expected at least {scale} pixels a side, got {image.shape[-1]}×{image.shape[-2]}")
    high = image[:, :height, :width]
    return Pair(name, degradation(high), high)
