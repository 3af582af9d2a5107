"""The same small piece of every measured image."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from sr_experiments.data.pairs import Pair
from sr_experiments.data.picture import Picture
from sr_experiments.files.images import write_image

CROP = 192
GRID = 24
PLAIN = Picture()
HEAT = torch.tensor([[0, 0, 0], [90, 20, 110], [190, 55, 80], [250, 150, 40], [255, 255, 190]])
HOTTEST = 32.0  # levels of 255


def crops(
    pair: Pair, output: Tensor, scale: float, name: str = "output", picture: Picture = PLAIN
) -> dict[str, Tensor]:
    """The same crop of output, target and input, uint8, by the name of its file; `name`: the output's."""
    top, left = crop_place(pair.high)
    images = (name, output * 255, 1), ("target", pair.high, 1), ("input", pair.low, scale)
    files = {}
    for stem, image, factor in images:
        rows, columns = (slice(int(start / factor), int((start + CROP) / factor)) for start in (top, left))
        files[f"{stem}.png"] = picture(image, pair.high)[:, rows, columns].clamp(0, 255).round().to(torch.uint8)
    return files


def heat_map(samples: Sequence[Tensor]) -> Tensor:
    """How far crops of several samples differ, uint8 `(3, H, W)`: black where they are equal, bright from 32 levels on.

    The standard deviation over the samples, its mean over channels.
    """
    deviation = torch.stack([sample.float() for sample in samples]).std(0).mean(0)
    place = (deviation / HOTTEST).clamp(max=1) * (len(HEAT) - 1)
    below = place.long().clamp(max=len(HEAT) - 2)
    color = torch.lerp(HEAT[below].float(), HEAT[below + 1].float(), (place - below)[..., None])
    return color.round().to(torch.uint8).permute(2, 0, 1)


def write_crops(folder: Path, crops: dict[str, Tensor]) -> None:
    """Write crops as PNG files."""
    for name, crop in crops.items():
        write_image(folder / name, crop)


def crop_place(high: Tensor) -> tuple[int, int]:
    """Where the 192-pixel crop of an HR image with most detail lies (top, left): a function of that image alone.

    Detail is the mean absolute difference of neighbours; places are multiples of 24, so of the scales 2, 3, 4 and 8.
    """
    grey = high.double().mean(0)
    detail = torch.zeros_like(grey)
    detail[1:] += grey.diff(dim=0).abs()
    detail[:, 1:] += grey.diff(dim=1).abs()
    window = min(CROP, *grey.shape)
    sums = torch.nn.functional.avg_pool2d(detail[None, None], window, stride=GRID)[0, 0]
    best = int(sums.argmax())
    return best // sums.shape[1] * GRID, best % sums.shape[1] * GRID
