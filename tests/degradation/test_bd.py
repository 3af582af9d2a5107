"""The degradation BD against SciPy's filters."""

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate

from sr_experiments.degradation.bd import bd


@pytest.mark.parametrize("scale", [3, 5])
@pytest.mark.parametrize("blocks", [(1, 1), (7, 12)])
def test_it_is_a_gaussian_and_the_middle_of_each_block(blocks, scale):
    image = np.random.default_rng(0).integers(0, 256, (3, blocks[0] * scale, blocks[1] * scale), np.uint8)
    y, x = np.mgrid[-3:4, -3:4]
    kernel = np.exp(-(x**2 + y**2) / (2 * 1.6**2))
    kernel /= kernel.sum()
    blurred = np.stack([correlate(plane.astype(np.float64), kernel, mode="nearest") for plane in image])
    expected = np.floor(blurred + 0.5).astype(np.uint8)[:, scale // 2 :: scale, scale // 2 :: scale]
    low = bd(torch.from_numpy(image), scale=scale)
    assert low.shape == (3, *blocks)
    np.testing.assert_array_equal(low.numpy(), expected)


def test_an_even_scale_is_refused(command, tiny):
    done = command("train", *tiny, "degradation=bd", "scale=2")
    assert done.code == 1 and "no middle pixel to keep at scale=2" in done.err


@pytest.mark.slow
def test_a_run_learns_from_it(command, tiny, tmp_path):
    done = command("train", *tiny, "degradation=bd", "scale=3")
    assert done.code == 0, done.err
