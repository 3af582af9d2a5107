"""Color conversion against scikit-image and MATLAB's rgb2ycbcr."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr, ycbcr2rgb

from sr_experiments.color import network_input, network_output, rgb_to_y, rgb_to_ycbcr, ycbcr_to_rgb


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([torch.float32, torch.float64]), st.integers(0, 10**6))
def test_both_ways_against_scikit_image(height, width, dtype, seed):
    image = np.random.default_rng(seed).random((height, width, 3))
    tensor = torch.from_numpy(image).permute(2, 0, 1).to(dtype)
    expected = rgb2ycbcr(image)
    atol = 1e-4 if dtype == torch.float32 else 1e-10
    np.testing.assert_allclose(rgb_to_ycbcr(tensor).permute(1, 2, 0), expected, rtol=0, atol=atol)
    np.testing.assert_allclose(rgb_to_y(tensor)[0], expected[..., 0], rtol=0, atol=atol)
    back = ycbcr_to_rgb(torch.from_numpy(expected).permute(2, 0, 1).to(dtype)).permute(1, 2, 0)
    np.testing.assert_allclose(back, ycbcr2rgb(expected), rtol=0, atol=atol / 50)


def test_white_is_235_and_black_16():
    image = torch.tensor([1.0, 0.0], dtype=torch.float64).expand(3, 1, 2)
    torch.testing.assert_close(rgb_to_ycbcr(image)[:, 0].T.tolist(), [[235.0, 128.0, 128.0], [16.0, 128.0, 128.0]])


def test_a_y_network_that_only_enlarges_leaves_a_grey_image_grey():
    low = torch.rand(1, 1, 6, 7, dtype=torch.float64).expand(1, 3, 6, 7)
    output = network_output(network_input(low, "y"), low, "y")
    torch.testing.assert_close(output, low, rtol=0, atol=1e-12)
