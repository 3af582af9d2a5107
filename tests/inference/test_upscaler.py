"""Images of any kind in, images of the same kind out."""

import numpy as np
import pytest
import torch
from conftest import picture
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sr_experiments import load
from sr_experiments.inference.network import Network
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.resize import resize
from sr_experiments.trained import trained_names

RGB = picture(21, 34)
MASK = np.pad(np.full((9, 20, 1), 255, np.uint8), ((6, 6), (7, 7), (0, 0)))
RGBA = np.concatenate([RGB, MASK], -1)
VEILED = np.concatenate([RGB, MASK // 2 + 60], -1)


@pytest.fixture(scope="module")
def espcn():
    return load("espcn_x2")


def floats(image):
    """Any kind of image as floats `(H, W, C)` of 0 to 1."""
    array = image.movedim(-3, -1).numpy() if isinstance(image, torch.Tensor) and image.dim() > 2 else np.asarray(image)
    array = array / np.iinfo(array.dtype).max if array.dtype.kind == "u" else array
    return np.atleast_3d(array[0] if array.ndim == 4 else array)


KINDS = {
    "RGB": Image.fromarray(RGB),
    "RGBA": Image.fromarray(VEILED),
    "grey": Image.fromarray(RGB[..., 0]),
    "16-bit grey": Image.fromarray(RGB[..., 0].astype(np.uint16) * 257),
    "uint8": RGB,
    "uint8 of one channel": RGB[..., :1],
    "two dimensions": RGB[..., 0],
    "turned": RGB[::-1, ::-1],
    "big-endian": (RGB.astype(">u2") * 257),
    "float32": (RGB / 255).astype(np.float32),
    "float64 of four channels": VEILED / 255,
    "tensor of two dimensions": torch.from_numpy(RGB[..., 0]),
    "tensor of 16 bits": torch.from_numpy(RGB.astype(np.uint16) * 257).permute(2, 0, 1),
    "batch of half floats": torch.from_numpy(RGB / 255).half().permute(2, 0, 1).expand(2, 3, 21, 34),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_kind_comes_back_and_shows_the_same(espcn, kind):
    image = KINDS[kind]
    high = espcn(image)
    assert type(high) is type(image)
    if isinstance(image, Image.Image):
        assert (high.mode, high.size) == (image.mode, (68, 42))
    else:
        assert high.dtype == (image.dtype.newbyteorder("=") if isinstance(image, np.ndarray) else image.dtype)
        assert sorted(high.shape) == sorted(2 * side if side > 20 else side for side in image.shape)
    low, shown = (floats(each) for each in (image, high))
    small = resize(torch.from_numpy(shown.astype(np.float64)).permute(2, 0, 1), (21, 34)).permute(1, 2, 0).numpy()
    assert np.sqrt(((small - low)[2:-2, 2:-2] ** 2).mean()) < 0.03


def test_what_pillow_has_besides_becomes_rgb_or_grey(espcn):
    image = Image.fromarray(RGB)
    image.info["dpi"] = (72, 72)
    made = [espcn(image.convert(mode)) for mode in ("P", "1", "CMYK")]
    assert [each.mode for each in made] == ["RGB", "L", "RGB"]
    assert made[0].info["dpi"] == (72, 72)


SIDES = st.integers(1, 130)
MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGB", "RGB": "RGB", "RGBA": "RGBA", "CMYK": "RGB", "I;16": "I;16"}


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(height=SIDES, width=SIDES, mode=st.sampled_from(list(MODES)))
def test_pictures_of_any_size_and_mode_are_as_large_as_asked_and_show_the_same(espcn, height, width, mode):
    grey = Image.fromarray(picture(height, width)[..., 0])
    image = Image.fromarray(np.asarray(grey, np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    high = espcn(image)
    assert (high.mode, high.size) == (MODES[mode], (2 * width, 2 * height))
    shown = espcn((grey if mode == "I;16" else image).convert("RGB"))
    first = np.asarray(high).reshape(2 * height, 2 * width, -1)[..., 0] / (257 if mode == "I;16" else 1)
    np.testing.assert_allclose(first, np.asarray(shown)[..., 0], atol=1)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    height=SIDES,
    width=SIDES,
    channels=st.integers(1, 4),
    dtype=st.sampled_from([np.uint8, np.uint16, np.float16, np.float32, np.float64]),
    tile=st.sampled_from([16, 48, 80]),
)
def test_arrays_of_any_size_and_depth_come_out_alike_in_pieces_and_as_eight_bits(
    espcn, height, width, channels, dtype, tile
):
    eight = np.random.default_rng(height * width).integers(0, 256, (height, width, channels), np.uint8)
    peak = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    high = espcn((eight / 255 * peak).astype(dtype))
    assert high.dtype == dtype and high.shape == (2 * height, 2 * width, channels)
    in_pieces = Upscaler(espcn.network, tile=tile, calls=espcn.calls)(eight)
    assert np.abs(high.astype(float) / peak * 255 - in_pieces).max() <= 1  # rounded at a half


@pytest.mark.parametrize("name", trained_names())
def test_black_and_white_come_out_black_and_white_to_the_border(name):
    """So do alpha's: a network of luma knows neither 0 nor 255."""
    sr = load(name)
    for shape in ((40, 64, 3), (40, 64, 1), (1, 1, 3), (1, 30, 1)):
        for level in (0.0, 1.0):
            np.testing.assert_allclose(sr(np.full(shape, level)), level, atol=0.05 / 255)


@pytest.mark.parametrize(("color", "gain"), [("rgb", 0.5), ("rgb", 0.95), (3, 0.995)])
def test_what_a_network_makes_of_black_or_white_is_left_where_it_has_not_learnt_them_or_sees_scans(color, gain):
    """All levels between would move with them, and those of scans are what was measured."""

    class Brighter(torch.nn.Module):
        def forward(self, low):
            return low.repeat_interleave(2, -1).repeat_interleave(2, -2) * gain + 1 - gain

    low = torch.rand(3, 9, 7)
    high = Upscaler(Network(Brighter(), scale=2, color=color))(low)
    torch.testing.assert_close(high[:, ::2, ::2], low * gain + 1 - gain)


@pytest.mark.parametrize("name", ["espcn_x3", "fsrcnn_x3"])
def test_grey_is_enlarged_as_rgb_of_three_equal_channels_is(name):
    """Black of a grey picture came out at up to 128 when a network of luma saw it as 0, which no luma is."""
    grey = picture(40, 50)[..., :1] // 254 * 255
    np.testing.assert_allclose(load(name)(grey), load(name)(grey.repeat(3, -1))[..., :1], atol=1)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_tiles_and_bands_change_nothing(dtype, monkeypatch):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 5, padding=2), torch.nn.PixelShuffle(2))
    low = torch.rand(1, 4, 75, 40)
    low[:, 3:] = torch.nn.functional.interpolate(torch.rand(1, 1, 15, 8).round(), (75, 40))
    low = (low * 255).byte() if dtype == torch.uint8 else low
    monkeypatch.setattr("sr_experiments.inference.upscaler.BAND", 1)
    sr = Upscaler(Network(net, scale=2, color="y"), tile=32)
    bands = list(sr.bands(low))
    assert [band.shape[-2] for band in bands] == [32, 32, 32, 32, 22]
    whole = Upscaler(Network(net, scale=2, color="y"), tile=128)(low)
    torch.testing.assert_close(torch.cat(bands, -2), whole, rtol=0, atol=0 if dtype == torch.uint8 else 1e-6)


class WholeImage(torch.nn.Module):
    """Nearest ×2, made brighter by the mean over the whole image."""

    def forward(self, low):
        return low.repeat_interleave(2, -1).repeat_interleave(2, -2) + 0.2 * low.mean((-2, -1), keepdim=True)


def test_a_network_that_sees_the_whole_image_is_blended():
    sr = Upscaler(Network(WholeImage(), scale=2, color="rgb"), tile=16)
    assert sr.blended and sr(RGB).shape == (42, 68, 3)


def test_what_lies_under_full_transparency_is_not_seen(espcn):
    hidden = RGBA.copy()
    hidden[MASK[..., 0] == 0, :3] = 255
    high, other = espcn(RGBA).astype(int), espcn(hidden).astype(int)
    assert np.abs(high - other)[high[..., 3] > 0].max() == 0
    assert set(np.unique(espcn(np.dstack([RGB, np.full_like(MASK, 255)]))[..., 3])) == {255}


def test_edges_of_a_transparent_picture_are_sharper_than_bicubic_alpha_makes_them(espcn):
    """A disc of waves over white, against its truth: straight color with bicubic alpha is far below."""
    mask = Image.new("L", (400, 320))
    ImageDraw.Draw(mask).ellipse((40, 40, 360, 280), fill=255)
    alpha = torch.from_numpy(np.array(mask.resize((100, 80), Image.Resampling.LANCZOS))).double()[None] / 255
    color = torch.from_numpy(picture(80, 100)).permute(2, 0, 1).double() / 255
    low_alpha = resize(alpha, (40, 50)).clamp(0, 1)
    low = torch.where(low_alpha > 1 / 255, resize(color * alpha, (40, 50)) / low_alpha.clamp(min=1e-6), 0.0)
    low = low.clamp(0, 1)

    def psnr(made, mask):
        error = ((made - 1) * mask - (color - 1) * alpha)[:, :, :].square()
        return float(-10 * torch.log10(error[:, ((alpha > 0.01) & (alpha < 0.99))[0]].mean()))

    high = espcn(torch.cat([low, low_alpha]))
    straight = psnr(espcn(low), resize(low_alpha, (80, 100)).clamp(0, 1))
    assert psnr(high[:3], high[3:]) > straight + 3


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (RGB.transpose(2, 0, 1), r"expected images of 1 or 2 or 3 or 4 channel\(s\) and at least one pixel"),
        (np.zeros((0, 4)), "at least one pixel"),
        (RGB.astype(float), "expected floats of 0 to 1, got 50 to 209"),
        (np.full((4, 4), np.nan), "expected floats of 0 to 1"),
        (RGB.astype(int), "expected uint8, uint16 or floats of 0 to 1, got torch.int64"),
        (np.zeros(4), r"expected an array \(H, W\) or \(H, W, C\)"),
        (Image.new("F", (4, 4)), "got mode F"),
        ("photo.jpg", "expected a Pillow image, a NumPy array or a torch tensor, got str"),
    ],
)
def test_what_is_no_image_is_refused(espcn, image, message):
    with pytest.raises(ValueError, match=message):
        espcn(image)


def test_a_name_or_scale_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="nosuch: expected a run directory, or the name of a network that ships"):
        load("nosuch")
    with pytest.raises(ValueError, match="makes scale=2 alone"):
        load("espcn_x2", scale=3)
