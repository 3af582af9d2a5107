"""JPEG against Pillow's."""

from io import BytesIO

import numpy as np
import torch
from conftest import picture
from PIL import Image

from sr_experiments.degradation.jpeg import jpeg


def test_each_image_is_what_pillow_decodes_at_its_quality():
    pictures = np.stack([picture(41, 50, seed) for seed in range(4)])
    image = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    found = (255 * jpeg(image, np.random.default_rng(0), (1, 1), quality=[30, 32])).permute(0, 2, 3, 1).numpy()
    qualities = []
    for own, result in zip(pictures, found, strict=True):
        coded = {quality: decoded(own, quality) for quality in (30, 31, 32)}
        qualities += [quality for quality, expected in coded.items() if np.abs(expected - result).max() < 1e-3]
    assert len(qualities) == 4 and len(set(qualities)) > 1


def decoded(pixels, quality):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(file)).astype(float)


def test_what_lies_beyond_the_range_is_clipped():
    image = torch.full((1, 3, 16, 16), 1.4)
    assert (jpeg(image, np.random.default_rng(0), (1, 1), quality=[95, 95]) == 1).all()
