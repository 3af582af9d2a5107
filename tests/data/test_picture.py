"""Pictures of other channels and depths, by one mapping for all that stands in a row."""

import numpy as np
import pytest
import torch

from sr_experiments.data.crops import crops
from sr_experiments.data.pairs import Pair
from sr_experiments.data.picture import Picture


def test_bands_and_percentiles_of_the_target_hold_for_all_pictures_of_a_row():
    random = np.random.default_rng(0)
    high = torch.from_numpy(random.uniform(10, 60, (4, 64, 64))).float()
    pair = Pair("a", high[:, ::2, ::2], high)
    output = (high + 5) / 255
    made = crops(pair, output, 2, picture=Picture(bands=[4, 2, 1], percentiles=[1, 99]))
    black, white = np.percentile(high[[3, 1, 0]].numpy(), [1, 99])
    for name, image in (("target", high), ("output", output * 255), ("input", pair.low)):
        expected = ((image[[3, 1, 0]].numpy() - black) / (white - black) * 255).clip(0, 255)
        assert np.abs(made[f"{name}.png"].numpy() - expected).max() <= 0.51


def test_a_window_is_in_units_of_the_limits():
    """Of a CT from -1024 to 3071, soft tissue alone."""
    units = torch.tensor([[[-1024.0, -160, 40, 240, 3071]]])
    shown = Picture(window=[-160, 240], limits=[-1024, 3071])((units + 1024) * 255 / 4095, units)
    assert shown[0, 0, 1:4].tolist() == pytest.approx([0, 127.5, 255], abs=0.01)


def test_photographs_are_shown_as_they_are():
    image = torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8)
    assert torch.equal(Picture()(image, image), image)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bands": [1, 2]}, "bands are one or three numbers from 1"),
        ({"bands": [0]}, "bands are one or three numbers from 1"),
        ({"percentiles": [99, 1]}, r"percentiles are \[low, high\] of 0 to 100"),
        ({"percentiles": [1, 99], "window": [0, 1]}, "a window .* or percentiles"),
        ({"bands": [5, 1, 2]}, r"bands are \[5, 1, 2\], the image has 3"),
    ],
)
def test_what_can_t_be_shown_is_refused_in_words(settings, message):
    with pytest.raises(ValueError, match=message):
        Picture(**settings)(torch.zeros(3, 4, 4), torch.zeros(3, 4, 4))
