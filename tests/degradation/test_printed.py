"""Ink that went astray, by its frequencies."""

import numpy as np
import pytest
import torch

from sr_experiments.degradation.printed import printed


def test_pixels_turn_as_often_as_the_model_says():
    """Of ink and of paper alike, at each distance from where they meet."""
    page = torch.full((1, 3, 3000, 12), 0.9)
    page[..., 6:] = 0.1
    turned = printed(page, np.random.default_rng(0), (1, 1), chance=[0.8, 0.8], decay=0.3)
    share = (turned != page)[0, 0].double().mean(0)
    for distance in range(1, 5):
        expected = 0.8 * np.exp(-0.3 * distance**2)
        for column in (6 - distance, 5 + distance):
            assert float(share[column]) == pytest.approx(expected, abs=4 * np.sqrt(expected / 3000) + 1e-9)
    assert {round(value, 4) for value in turned.unique().tolist()} == {0.1, 0.9}


def test_an_empty_page_and_no_chance_change_nothing():
    page = torch.full((1, 1, 8, 8), 0.5)
    assert torch.equal(printed(page, np.random.default_rng(0), (1, 1), chance=[1, 1], decay=1), page)
    page[..., 4:] = 0
    assert torch.equal(printed(page, np.random.default_rng(0), (1, 1), chance=[0, 0], decay=1), page)
