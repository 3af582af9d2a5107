"""Divisive normalization."""

import numpy as np
import pytest
import torch

from sr_experiments.model.block.divisive_normalization import DivisiveNormalization


@pytest.mark.parametrize("inverse", [False, True])
def test_each_feature_is_divided_by_what_all_say_at_its_place(inverse):
    torch.manual_seed(0)
    made = DivisiveNormalization(features=3, inverse=inverse).double()
    with torch.no_grad():
        made.gamma.uniform_(-1, 1)
        made.beta.uniform_(0.5, 2)
    features = torch.randn(2, 3, 4, 5, dtype=torch.double)
    beta, gamma, x = (value.detach().numpy() for value in (made.beta, made.gamma, features))
    expected = np.empty_like(x)
    for image, row, column in np.ndindex(2, 4, 5):
        here = x[image, :, row, column]
        norm = np.sqrt(np.abs(beta) + np.abs(gamma) @ here**2)
        expected[image, :, row, column] = here * norm if inverse else here / norm
    np.testing.assert_allclose(made(features).detach().numpy(), expected, rtol=1e-12)
