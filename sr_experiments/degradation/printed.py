"""Ink that went astray."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from sr_experiments.degradation.draws import between, like


def printed(
    image: Tensor, random: np.random.Generator, size: tuple[int, int], *, chance: Sequence[float], decay: float
) -> Tensor:
    """Turn pixels of ink into paper, and of paper into ink, with the probability `chance` · exp(-`decay` · d²).

    d is the distance to the nearest pixel of the other kind, which one is by the middle between the image's least and
    greatest mean of its channels; a pixel that turns takes the mean color of the other kind. Kanungo, Haralick and
    Phillips, "Global and local document degradation models", ICDAR 1993, its local model
    with one chance for both kinds, and without its constant chance and its closing.
    """
    chances = between(random, chance, len(image))
    return torch.stack([_misprint(page, random, own, decay) for page, own in zip(image, chances, strict=True)])


def _misprint(page: Tensor, random: np.random.Generator, chance: float, decay: float) -> Tensor:
    grey = page.mean(0).cpu().numpy()
    ink = grey < (grey.min() + grey.max()) / 2
    turned = random.random(grey.shape) < chance * np.exp(-decay * distance(ink) ** 2)
    if not turned.any() or ink.all() or not ink.any():
        return page
    dark = like(ink, page).bool()
    colors = [page[:, where].mean(1)[:, None, None] for where in (~dark, dark)]
    return torch.where(like(turned, page).bool(), torch.where(dark, colors[0], colors[1]), page)


def distance(ink: np.ndarray) -> np.ndarray:
    """How far each pixel is from the nearest of the other kind; 1 beside it."""
    inside, outside = (np.asarray(distance_transform_edt(kind)) for kind in (ink, ~ink))
    return np.where(ink, inside, outside)
