"""Protocols against what they say, in plain NumPy."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from sr_experiments.color import network_input, network_output
from sr_experiments.config import build
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.degradation.bicubic_y import bicubic_y
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.resize import resize


@pytest.fixture
def color_image():
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 3, 20, 24), dtype=np.uint8))


def y_of(rgb: torch.Tensor) -> np.ndarray:
    red, green, blue = rgb.double().numpy()[0]
    return 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255


def test_standard_rounds_rgb_and_not_luma(compose, color_image):
    output, target = build(compose("scale=2"), "protocol")(color_image.float() / 255 + 0.0015, color_image)
    np.testing.assert_allclose(target[0, 0], y_of(color_image)[2:-2, 2:-2], rtol=0, atol=1e-9)
    torch.testing.assert_close(output, target, rtol=0, atol=0)


def test_classic_rounds_luma_once(compose, color_image):
    protocol = build(compose("protocol=classic", "scale=2"), "protocol")
    output, target = protocol(color_image.double() / 255, color_image)
    np.testing.assert_array_equal(target[0, 0], np.floor(y_of(color_image) + 0.5)[2:-2, 2:-2])
    torch.testing.assert_close(output, target, rtol=0, atol=0)


@pytest.mark.parametrize("name", ["standard", "classic", "rgb"])
def test_a_large_image_is_compared_band_by_band(compose, color_image, name, monkeypatch):
    protocol, output = build(compose(f"protocol={name}", "scale=2"), "protocol"), torch.rand(1, 3, 20, 24)
    whole = protocol(output, color_image)
    monkeypatch.setattr("sr_experiments.metrics.protocol._AT_ONCE", 7 * 24)
    assert all(torch.equal(*images) for images in zip(whole, protocol(output, color_image), strict=True))


def test_luma_alone_is_compared_as_luma():
    high = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (1, 1, 20, 24), dtype=np.uint8))
    low = bicubic_y(high, scale=2)
    assert low.shape == (1, 1, 10, 12) and low.dtype == torch.float32
    torch.testing.assert_close(low.double(), resize(high.double(), (10, 12)), rtol=0, atol=1e-4)
    for color, channels in (("y", 1), ("rgb", 3)):
        seen = network_input(low / 255, color)
        assert seen.shape == (1, channels, 10, 12)
        enlarged = network_output(resize(seen, (20, 24)), low, color)
        output, target = Protocol(name="classic", color="y", rounding="y", shave=2)(enlarged, high)
        torch.testing.assert_close(target, high[..., 2:-2, 2:-2].double())
        assert set(np.unique(output % 1)) == {0}
    with pytest.raises(ValueError, match="protocol rgb measures RGB, the images are luma alone"):
        Protocol(name="rgb", color="rgb", shave=2)(enlarged, high)


def test_luma_is_no_training_data(color_image):
    with pytest.raises(ValueError, match="bicubic_y makes luma alone, for benchmarks"):
        bicubic_y(color_image, scale=2)


def test_a_border_wider_than_the_image_leaves_nothing(color_image):
    for shave in (10, 11, 15, 40):
        _, target = Protocol(name="standard", color="y", shave=shave)(color_image / 255, color_image)
        assert target.numel() == 0


@pytest.mark.parametrize("name", ["standard", "classic", "rgb"])
def test_a_target_of_16_bits_is_rounded_as_its_result_is(compose, name):
    """The bug: a perfect result of 16 bits scored 58.9 dB, since the result alone was rounded."""
    high = torch.from_numpy(np.random.default_rng(0).integers(0, 65536, (1, 3, 20, 24)) / 257).float()
    output, target = build(compose(f"protocol={name}", "scale=2"), "protocol")(high / 255, high)
    assert torch.equal(output, target)


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="one of"):
        Protocol(name="mine", color="ycbcr", shave=2)


@pytest.mark.slow
def test_a_benchmark_of_luma_is_measured_from_end_to_end(command, tiny, pictures, tmp_path):
    from sr_experiments.tables import read_rows

    arguments = [
        argument for argument in tiny if not argument.startswith(("model.encoder", "benchmark=", "+benchmark"))
    ]
    arguments += ["model=bicubic", "scale=2", "protocol=classic"]
    done = command("train", *arguments, "degradation@benchmark.photos.degradation=bicubic_y")
    assert done.code == 0, done.err
    rows = [row for row in read_rows(tmp_path / "run" / "scores.csv") if row["benchmark"] == "photos"]
    assert {row["degradation"] for row in rows} == {"bicubic_y"} and {row["protocol"] for row in rows} == {"classic"}
    psnr = [float(row["value"]) for row in rows if row["metric"] == "psnr"]
    assert sum(psnr) / len(psnr) == pytest.approx(32.2793, abs=0.002)


def test_a_grey_file_is_its_own_luma_and_a_grey_picture_in_rgb_is_not(tmp_path):
    """The bug: told by its pixels, a grey picture that is stored as RGB moves Set14's row by 0.09 dB."""
    pixels = np.random.default_rng(1).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(np.dstack([pixels] * 3)).save(tmp_path / "b.png")
    benchmark = Benchmark(name="both", images=str(tmp_path), scale=2, degradation=partial(bicubic_y, scale=2))
    grey, rgb = benchmark.pairs
    np.testing.assert_array_equal(grey.high[0], pixels)
    np.testing.assert_array_equal(rgb.high[0], np.floor(16 + pixels * (219 / 255) + 0.5))
