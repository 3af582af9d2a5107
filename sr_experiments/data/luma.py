"""Images of luma alone, which the protocol `classic` is printed with."""

from collections.abc import Mapping

from sr_experiments.data.decoded.store import Degradation
from sr_experiments.data.pairs import Pair
from sr_experiments.files.elsewhere import ImageFile
from sr_experiments.files.images import read_luma
from sr_experiments.resize import high_size, low_size


def luma_pairs(files: Mapping[str, ImageFile], degradation: Degradation, scale: float) -> tuple[list[Pair], list[str]]:
    """The pairs of luma that `degradation` makes of files by name, and a line for each file that can't be used."""
    pairs, problems = [], []
    for name, path in files.items():
        try:
            pairs.append(_pair(name, path, degradation, scale))
        except ValueError as error:
            problems.append(str(error))
    return pairs, problems


def _pair(name: str, path: ImageFile, degradation: Degradation, scale: float) -> Pair:
    y = read_luma(path)
    height, width = high_size(low_size(y.shape[-2:], scale), scale)
    if not height or not width:
        raise ValueError(f"{path}: expected at least {scale} pixels a side, got {y.shape[-1]}×{y.shape[-2]}")
    high = y[:, :height, :width]
    return Pair(name, degradation(high), high)
