"""Random resizes: their sizes, their kernels."""

from collections import Counter

import numpy as np
import pytest
import torch

from sr_experiments.degradation.resizes import random_resize, to_low
from sr_experiments.resize import KERNELS, resize

IMAGE = torch.rand(2, 3, 24, 36, generator=torch.Generator().manual_seed(0))


def test_area_is_the_mean_of_blocks():
    low = to_low(IMAGE, np.random.default_rng(0), (8, 12), kernels=["area"])
    torch.testing.assert_close(low, IMAGE.unflatten(-1, (12, 3)).unflatten(-3, (8, 3)).mean((-1, -3)))


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_others_are_the_exact_resize(kernel):
    assert torch.equal(
        to_low(IMAGE, np.random.default_rng(0), (8, 12), kernels=[kernel]), resize(IMAGE, (8, 12), kernel)
    )


def test_a_kernel_is_chosen_at_random():
    known = {kernel: resize(IMAGE, (8, 12), kernel) for kernel in KERNELS}
    made = [to_low(IMAGE, np.random.default_rng(seed), (8, 12), kernels=list(KERNELS)) for seed in range(100)]
    counts = Counter(next(name for name in known if torch.equal(known[name], low)) for low in made)
    assert set(counts) == set(KERNELS) and min(counts.values()) > 10


@pytest.mark.parametrize(("of", "full"), [("image", (24, 36)), ("low", (8, 12))])
def test_factors_are_drawn_from_ranges_by_their_chances(of, full):
    settings = {"kernels": ["nearest"], "factors": [[1, 1.5], [0.15, 1], [1, 1]], "chances": [0.2, 0.7, 0.1], "of": of}
    sizes = [random_resize(IMAGE, np.random.default_rng(seed), (8, 12), **settings).shape[-2:] for seed in range(400)]
    widths = np.array([width for _, width in sizes]) / full[1]
    assert 0.6 < (widths < 1).mean() < 0.8 and 0.1 < (widths > 1).mean() < 0.3
    assert 0.08 <= widths.min() < 0.25 and 1.35 < widths.max() <= 1.5
    assert all(abs(height / full[0] - width / full[1]) < 1 / full[0] for height, width in sizes)


def test_of_what_else_is_refused():
    with pytest.raises(ValueError, match="of is image or low, not 'high'"):
        random_resize(IMAGE, np.random.default_rng(0), (8, 12), kernels=["area"], factors=[], chances=[], of="high")
