"""A film's frames: luma as networks of luma know it, RGB as FFmpeg has it, sizes and numbers of all kinds."""

from typing import Any

import numpy as np
import pytest
import torch
from av.video.format import VideoFormat
from filming import moving
from torch import nn

from sr_experiments import load
from sr_experiments.files.films.planes import Coding, choose_format, coding_of, frame_of, losses, read_planes
from sr_experiments.files.films.write import Encoding
from sr_experiments.inference.films import FrameEnlarger
from sr_experiments.inference.network import Network
from sr_experiments.inference.upscaler import Upscaler
from sr_experiments.resize import resize


def encoding(coding: Coding, height: int, width: int) -> Encoding:
    return Encoding("MKV", "ffv1", coding, height, width)


@pytest.mark.parametrize(("layout", "depth"), [("yuv420p", 8), ("yuv420p10le", 10), ("gray", 8)])
@pytest.mark.parametrize("full", [False, True])
def test_a_network_of_luma_sees_luma_as_it_was_taught_whatever_the_range(layout, depth, full):
    """With head-room and in eight bits: the plane itself; chroma is enlarged as it is."""
    (frame,) = moving((24, 36), layout, 1)
    coding, espcn = Coding(layout, depth, full, 6), load("espcn_x2")
    luma, *chroma = read_planes(frame, coding)
    made = read_planes(FrameEnlarger(espcn, encoding(coding, 48, 72), (48, 72))(frame), coding)
    if not full:
        steps = 1 << (depth - 8)
        seen = torch.from_numpy(luma / np.float32(255 * steps))[None]
        np.testing.assert_allclose(made[0], espcn.luma(seen)[0] * 255 * steps, atol=0.51 + 1e-3 * steps)
    shown = (made[0] - coding.luma[0]) / coding.luma[1], (luma - coding.luma[0]) / coding.luma[1]
    as_grey = espcn(shown[1].astype(np.float32).clip(0, 1))
    np.testing.assert_allclose(shown[0].clip(0, 1), as_grey, atol=0.6 / coding.luma[1])
    for low, high in zip(chroma, made[1:], strict=True):
        exact = resize(torch.from_numpy(low.astype(np.float64)), (24, 36), shift=0.125)
        np.testing.assert_allclose(high, exact, atol=0.501)


@pytest.mark.parametrize(("matrix", "name"), [(1, "ITU709"), (6, "ITU601"), (7, "SMPTE240M"), (9, "BT2020")])
@pytest.mark.parametrize("layout", ["yuv444p", "yuv444p10le", "yuv420p"])
@pytest.mark.parametrize("full", [False, True])
def test_a_network_of_rgb_sees_the_colors_that_ffmpeg_sees(matrix, name, layout, full):
    seen: list[torch.Tensor] = []

    class Nearest(nn.Module):
        def forward(self, low: torch.Tensor) -> torch.Tensor:
            seen.append(low)
            return low.repeat_interleave(2, -2).repeat_interleave(2, -1)

    colors: Any = {"dst_colorspace": name, "dst_color_range": "JPEG" if full else "MPEG"}
    frame = moving((24, 36), "rgb48le", 1)[0].reformat(format=layout, **colors)
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    coding = coding_of(frame, choose_format(frame.format, ["ffv1"]))
    network = Upscaler(Network(Nearest(), scale=2, color="rgb"))
    seen.clear()  # the receptive field was found
    made = read_planes(FrameEnlarger(network, encoding(coding, 48, 72), (48, 72))(frame), coding)
    (rgb,) = seen[0]
    expected = frame.reformat(format="rgb48le", dst_color_range="JPEG", interpolation="BICUBIC").to_ndarray() / 65535
    difference = np.abs(rgb.permute(1, 2, 0).numpy() - expected)
    nearest = [low.repeat(2, 0).repeat(2, 1) for low in read_planes(frame, coding)]
    if layout == "yuv420p":  # between samples of chroma FFmpeg interpolates otherwise
        assert difference.mean() < 0.015
        assert np.abs(made[1].astype(float) - nearest[1]).mean() < 2
    else:
        assert difference.max() < 0.0035
        assert all(np.array_equal(high, expected) for high, expected in zip(made, nearest, strict=True))
    np.testing.assert_array_equal(made[0], nearest[0])


@pytest.mark.parametrize("color", ["y", "rgb"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_chroma_stays_where_it_is_beside_luma(color, scale):
    """All planes rise alike from left to right; chroma's columns lie where every second of luma does."""

    class Bicubic(nn.Module):
        def forward(self, low: torch.Tensor) -> torch.Tensor:
            return resize(low, (scale * low.shape[-2], scale * low.shape[-1]))

    coding = Coding("yuv420p16le", 16, False, 1)
    rising = 32000 + 20 * np.arange(64.0)[None].repeat(16, 0)
    frame = frame_of([rising, rising[::2, ::2], rising[::2, ::2]], coding)
    enlarger = FrameEnlarger(
        Upscaler(Network(Bicubic(), scale=scale, color=color)),
        encoding(coding, 16 * scale, 64 * scale),
        (16 * scale, 64 * scale),
    )
    luma, *chroma = read_planes(enlarger(frame), coding)
    expected = 32000 + 20 * ((np.arange(64 * scale) + 0.5) / scale - 0.5)
    inside = slice(8 * scale, 56 * scale, 2)
    np.testing.assert_allclose(luma[8, inside], expected[inside], atol=1)
    for plane in chroma:
        np.testing.assert_allclose(plane[4].repeat(2)[inside], expected[inside], atol=1)


def chosen(layout, *codecs):
    given = VideoFormat(layout, 16, 16)
    found = choose_format(given, codecs)
    return found.codec, found.format, losses(given, found)


def test_the_codec_and_format_that_lose_least_are_chosen():
    mp4, webm = ("h264", "hevc"), ("vp9", "av1")
    for layout in ("yuv420p", "yuv422p", "yuv444p10le", "gray10le"):
        assert chosen(layout, *mp4) == ("h264", layout, [])
    assert chosen("yuvj420p", *mp4) == ("h264", "yuv420p", [])
    assert chosen("nv12", *mp4) == ("h264", "yuv420p", [])
    assert chosen("p010le", *mp4) == ("h264", "yuv420p10le", [])
    assert chosen("yuv420p12le", *mp4) == ("hevc", "yuv420p12le", [])
    assert chosen("yuv420p12le", "h264") == ("h264", "yuv420p10le", ["12 bits became 10"])
    assert chosen("yuv420p10le", *webm) == ("av1", "yuv420p10le", [])
    assert chosen("yuv444p", *webm) == ("vp9", "yuv444p", [])
    assert chosen("yuv444p", "av1") == ("av1", "yuv420p", ["chroma lost resolution"])
    assert chosen("gray", *webm)[:2] == ("vp9", "yuv420p")
    assert chosen("gbrp", *mp4) == ("h264", "yuv444p", ["RGB became YCbCr"])
    assert chosen("pal8", *mp4) == ("h264", "yuv444p", ["RGB became YCbCr"])
    assert chosen("yuva420p", *mp4) == ("h264", "yuv420p", ["transparency was left out"])
