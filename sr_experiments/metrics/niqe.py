"""How natural an image looks, without a reference."""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad
from torchmetrics import Metric

from sr_experiments.color import rgb_to_y
from sr_experiments.resize import resize

BLOCK = 96  # pixels a side
SIGMA, REACH = 7 / 6, 3  # of the Gaussian window, in pixels
NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
SHAPES = torch.arange(0.2, 10.001, 0.001, dtype=torch.float64)
PRISTINE = Path(__file__).with_name("niqe_pristine.npz")


class Niqe(Metric):
    """Mean NIQE of images `(B, 1, H, W)` (luma) or `(B, 3, H, W)` (RGB) of 0 to 255; less is better.

    Mittal, Soundararajan and Bovik, "Making a 'Completely Blind' Image Quality Analyzer", IEEE SPL 2013: how far the
    statistics of an image's blocks of 96 pixels are from those of photographs, whose mean and covariance are the
    authors', as BasicSR 1.4.2 has them (Apache-2.0). The target is not looked at. A ValueError where there are no two
    blocks. It knows nothing of what an image shows: noise can score better than the original.
    """

    higher_is_better = False
    judge = "statistics of photographs"
    total: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0, dtype=torch.float64), dist_reduce_fx="sum")
        self.add_state("count", torch.tensor(0), dist_reduce_fx="sum")

    def update(self, output: Tensor, target: Tensor) -> None:
        for image in output.double().cpu():
            luma = image if len(image) == 1 else rgb_to_y(image / 255)
            self.total += niqe(luma.round())
        self.count += len(output)

    def compute(self) -> Tensor:
        return self.total / self.count


def niqe(luma: Tensor) -> float:
    """Of one image `(1, H, W)` of 0 to 255, float64 (equation 10)."""
    rows, columns = (side // BLOCK for side in luma.shape[-2:])
    if rows * columns < 2:
        raise ValueError(f"NIQE compares blocks of {BLOCK} pixels: expected two, got {tuple(luma.shape[-2:])} pixels")
    image, features = luma[None, :, : rows * BLOCK, : columns * BLOCK], []
    for side in (BLOCK, BLOCK // 2):
        blocks = _normalize(image).unfold(2, side, side).unfold(3, side, side).flatten(0, 3)
        features.append(torch.stack(_describe(blocks), 1))
        image = resize(image / 255, (image.shape[-2] // 2, image.shape[-1] // 2)) * 255
    found = torch.cat(features, 1)
    mean, covariance = _pristine()
    away = mean - found.nanmean(0)
    within = found[~found.isnan().any(1)].T.cov()
    return float((away @ torch.linalg.pinv((covariance + within) / 2) @ away).sqrt())


@cache
def _pristine() -> tuple[Tensor, Tensor]:
    with np.load(PRISTINE) as known:
        return torch.from_numpy(known["mean"]), torch.from_numpy(known["covariance"])


def _normalize(image: Tensor) -> Tensor:
    """Each pixel's distance from the local mean in local deviations (equation 1)."""
    mean, square = _blur(image), _blur(image.square())
    return (image - mean) / ((square - mean.square()).abs().sqrt() + 1)


def _blur(image: Tensor) -> Tensor:
    places = torch.arange(-REACH, REACH + 1, dtype=image.dtype)
    window = torch.exp(-places.square() / (2 * SIGMA**2))
    window = (window / window.sum())[None, None, None]
    return conv2d(conv2d(pad(image, [REACH] * 4, mode="replicate"), window), window.mT)


def _describe(blocks: Tensor) -> list[Tensor]:
    """18 numbers of each block `(N, H, W)`: of its values, and of the products of neighbours in four directions."""
    shape, left, right = _fit(blocks)
    found = [shape, (left + right) / 2]
    for shift in NEIGHBOURS:
        shape, left, right = _fit(blocks * blocks.roll(shift, (1, 2)))
        ratio = torch.lgamma(2 / shape) - torch.lgamma(1 / shape)
        found += [shape, (right - left) * ratio.exp(), left, right]
    return found


def _fit(blocks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Shape and both widths of the asymmetric generalised Gaussian of each block's values, by its moments."""
    values = blocks.flatten(1)
    left, right = (_deviation(values, side) for side in (values < 0, values > 0))
    skew, spread = left / right, values.abs().mean(1).square() / values.square().mean(1)
    wanted = spread * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2
    shape = _shape(wanted)
    width = torch.exp((torch.lgamma(1 / shape) - torch.lgamma(3 / shape)) / 2)
    return torch.where(wanted.isnan(), wanted, shape), left * width, right * width


def _deviation(values: Tensor, side: Tensor) -> Tensor:
    return ((values.square() * side).sum(1) / side.sum(1)).sqrt()


def _shape(wanted: Tensor) -> Tensor:
    """Of the shapes that are looked through, the one whose ratio of moments is nearest."""
    ratios = torch.exp(2 * torch.lgamma(2 / SHAPES) - torch.lgamma(1 / SHAPES) - torch.lgamma(3 / SHAPES))
    above = torch.searchsorted(ratios, wanted).clamp(1, len(SHAPES) - 1)
    return SHAPES[above - (wanted - ratios[above - 1] < ratios[above] - wanted).long()]
