"""The resize against a plain float64 NumPy transcription of MATLAB's imresize, which shares no code with it."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sr_experiments.resize import KERNELS, enlarge, resize


def weight(name: str, x: np.ndarray) -> np.ndarray:
    a = np.abs(x)
    if name == "bicubic":
        inner, outer = 1.5 * a**3 - 2.5 * a**2 + 1, -0.5 * a**3 + 2.5 * a**2 - 4 * a + 2
        return inner * (a <= 1) + outer * ((a > 1) & (a <= 2))
    if name == "bilinear":
        return (1 - a) * (a < 1)
    if name == "lanczos":
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(a == 0, 1, np.sin(np.pi * x) * np.sin(np.pi * x / 3) / (np.pi**2 * x**2 / 3)) * (a < 3)
    return ((x >= -0.5) & (x < 0.5)) * 1.0


def imresize_axis(image: np.ndarray, size: int, axis: int, kernel: str) -> np.ndarray:
    length = image.shape[axis]
    scale = size / length
    stretch = 1 if kernel == "nearest" else min(scale, 1)
    width = {"bicubic": 4, "bilinear": 2, "lanczos": 6, "nearest": 1}[kernel] / stretch
    u = np.arange(1, size + 1) / scale + 0.5 * (1 - 1 / scale)
    indices = np.floor(u - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    weights = weight(kernel, stretch * (u[:, None] - indices))
    weights = weights / weights.sum(axis=1, keepdims=True)
    mirror = np.concatenate([np.arange(length), np.arange(length)[::-1]])
    rows = np.moveaxis(image.astype(np.float64), axis, 0)
    result = np.zeros((size, *rows.shape[1:]))
    for k in range(weights.shape[1]):
        source = mirror[np.mod(indices[:, k].astype(int) - 1, 2 * length)]
        result += weights[:, k].reshape(-1, *[1] * (rows.ndim - 1)) * rows[source]
    return np.moveaxis(result, 0, axis)


def imresize(image: np.ndarray, size: tuple[int, int], kernel: str = "bicubic") -> np.ndarray:
    """Of `(H, W)`: the axis that shrinks most first, the height where both are alike; uint8 rounded after each."""
    for axis in np.argsort([size[0] / image.shape[0], size[1] / image.shape[1]], kind="stable"):
        whole = image.dtype == np.uint8
        image = imresize_axis(image, size[axis], axis, kernel)
        image = np.floor(image + 0.5).clip(0, 255).astype(np.uint8) if whole else image
    return image


sides = st.integers(1, 70)
kernels = st.sampled_from(sorted(set(KERNELS) - {"nearest"}))


@settings(max_examples=300, deadline=None)
@given(sides, sides, sides, sides, st.integers(0, 2**32 - 1), st.booleans())
def test_uint8_is_bit_exact_at_any_size(height, width, rows, columns, seed, hard):
    image = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    image = (image > 127).astype(np.uint8) * 255 if hard else image
    ours = resize(torch.from_numpy(image), (rows, columns))
    assert ours.dtype == torch.uint8
    np.testing.assert_array_equal(ours.numpy(), imresize(image, (rows, columns)))


def test_the_rounding_error_at_an_end_of_the_kernel_decides_a_tie():
    image = (np.random.default_rng(21).integers(0, 256, (33, 68), dtype=np.uint8) > 127).astype(np.uint8) * 255
    np.testing.assert_array_equal(resize(torch.from_numpy(image), (21, 39)).numpy(), imresize(image, (21, 39)))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([2, 3, 4, 8]), st.integers(0, 2**32 - 1))
def test_uint8_is_bit_exact_at_the_scales_of_the_field(height, width, scale, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height * scale, width * scale), dtype=np.uint8)
    np.testing.assert_array_equal(
        resize(torch.from_numpy(image), (height, width)).numpy(), imresize(image, (height, width))
    )


@settings(max_examples=150, deadline=None)
@given(sides, sides, sides, sides, kernels, st.sampled_from([torch.float32, torch.float64]))
def test_floats_of_any_kernel(height, width, rows, columns, kernel, dtype):
    image = np.random.default_rng(height + 100 * width).uniform(-1, 2, (height, width))
    ours = resize(torch.from_numpy(image).to(dtype), (rows, columns), kernel)
    assert ours.dtype == dtype
    np.testing.assert_allclose(
        ours.numpy(),
        imresize(image, (rows, columns), kernel),
        rtol=0,
        atol=2e-6 if dtype == torch.float32 else 1e-12,
    )


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 5))
def test_nearest_repeats_pixels_and_takes_them_unmixed(height, width, factor):
    image = torch.rand(height, width)
    large = image.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    assert torch.equal(resize(image, (height * factor, width * factor), "nearest"), large)
    assert torch.equal(resize(large, (height, width), "nearest"), image)


def test_a_batch_is_its_images():
    batch = torch.randint(0, 256, (2, 3, 24, 36), dtype=torch.uint8)
    small = resize(batch, (8, 12))
    assert small.is_contiguous()
    for images, results in zip(batch, small, strict=True):
        for image, result in zip(images, results, strict=True):
            np.testing.assert_array_equal(result.numpy(), imresize(image.numpy(), (8, 12)))


def test_a_step_by_hand():
    """Halving weighs 0.43359375, 0.11328125, -0.03515625, -0.01171875 from the middle out."""
    step = torch.tensor([[0, 0, 0, 0, 255, 255, 255, 255]], dtype=torch.uint8)
    assert resize(step, (1, 4)).tolist() == [[0, 17, 238, 255]]
    unrounded = [-0.01171875 * 255, (0.11328125 - 0.03515625 - 0.01171875) * 255]
    assert resize(step.double(), (1, 4))[0, :2].tolist() == unrounded


def test_gradients():
    image = torch.rand(2, 5, 6, dtype=torch.float64, requires_grad=True)
    for size in ((3, 13), (11, 4)):
        assert torch.autograd.gradcheck(lambda image, size=size: resize(image, size), image)
        assert torch.autograd.gradgradcheck(lambda image, size=size: resize(image, size), image)


class Enlarge(torch.nn.Module):
    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return resize(image, (3 * image.shape[-2], 3 * image.shape[-1]))


def test_meta_tensors():
    assert resize(torch.empty(3, 40, 60, device="meta", dtype=torch.uint8), (10, 15)).shape == (3, 10, 15)
    assert Enlarge()(torch.empty(1, 3, 5, 7, device="meta")).shape == (1, 3, 15, 21)


@pytest.mark.slow
def test_torch_export():
    image = torch.rand(1, 3, 8, 9)
    exported = torch.export.export(Enlarge(), (image,)).module()
    torch.testing.assert_close(exported(image), Enlarge()(image), rtol=0, atol=0)


def test_torch_export_with_open_sizes():
    sizes = {0: torch.export.Dim.DYNAMIC, 2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    exported = torch.export.export(Enlarge(), (torch.rand(2, 3, 8, 9),), dynamic_shapes=(sizes,)).module()
    image = torch.rand(3, 3, 11, 5)
    torch.testing.assert_close(exported(image), Enlarge()(image), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kernel", KERNELS)
@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), factor=st.sampled_from([1, 2, 3, 4, 8]))
def test_enlarging_by_one_convolution_is_the_same_but_for_rounding(kernel, height, width, factor):
    image = torch.rand(2, 3, height, width)
    expected = resize(image.double(), (factor * height, factor * width), kernel)
    torch.testing.assert_close(enlarge(image, factor, kernel).double(), expected, rtol=0, atol=1e-6)


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match="no kernel called 'cubic': choose one of nearest, bilinear, bicubic, lanczos"):
        resize(torch.zeros(1, 4, 4), (2, 2), "cubic")
