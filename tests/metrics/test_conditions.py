"""What an image is measured under."""

import random
from contextlib import suppress

import numpy as np
import pytest
import torch

from sr_experiments.metrics.conditions import full_float32, own_generators


def drawn() -> list[float]:
    return [torch.rand(()).item(), float(np.random.rand()), random.random()]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.bfloat16])
def test_an_image_s_pixels_alone_say_what_is_drawn(dtype):
    image = torch.arange(12).reshape(3, 2, 2).to(dtype)
    torch.manual_seed(1)
    with own_generators(image):
        first = drawn()
    between = drawn()
    with own_generators(image.clone()):
        assert drawn() == first
    with own_generators(image + 1):
        assert not set(drawn()) & set(first)
    assert not set(between) & set(first)


def test_the_generators_of_before_go_on_also_after_a_failure():
    for generator in (torch.manual_seed, np.random.seed, random.seed):
        generator(3)
    expected = [drawn(), drawn()]
    for generator in (torch.manual_seed, np.random.seed, random.seed):
        generator(3)
    before = drawn()
    with suppress(KeyError), own_generators(torch.zeros(3, 2, 2)):
        drawn()
        raise KeyError
    assert [before, drawn()] == expected


def test_convolutions_are_not_shortened_to_tf32_meanwhile():
    before = torch.backends.cudnn.allow_tf32
    with full_float32():
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before
