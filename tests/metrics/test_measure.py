"""Each image's values, against independent formulas and torchmetrics called by hand."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure as ms_ssim,
)
from torchmetrics.functional.image import visual_information_fidelity as vif

from sr_experiments.config import build, build_each
from sr_experiments.metrics.measure import Measure

pytestmark = pytest.mark.slow


@pytest.fixture
def measure(compose):
    def made(*overrides: str) -> Measure:
        config = compose(*overrides)
        return Measure(build(config, "protocol"), build_each(config, "metrics"))

    return made


def images(height: int, width: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    target = torch.from_numpy(random.integers(0, 256, (1, 3, height, width), dtype=np.uint8))
    return target.double() / 255 + torch.from_numpy(random.normal(0, 0.1, target.shape)), target


@settings(max_examples=40, deadline=None)
@given(st.integers(17, 60), st.integers(17, 60), st.sampled_from([2, 3]), st.integers(0, 10**6))
def test_standard_psnr_against_scikit_image(height, width, scale, seed):
    from torchmetrics.image import PeakSignalNoiseRatio

    from sr_experiments.metrics.protocol import Protocol

    output, target = images(height, width, seed)
    ours = Measure(
        Protocol(name="standard", color="y", shave=scale),
        {"psnr": PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3))},
    )(output, target)
    result = np.round(np.clip(output[0].permute(1, 2, 0).numpy() * 255, 0, 255)).astype(np.uint8)
    a, b = (rgb2ycbcr(image)[scale:-scale, scale:-scale, 0] for image in (result, target[0].permute(1, 2, 0).numpy()))
    assert ours["psnr"] == pytest.approx(
        peak_signal_noise_ratio(b, a, data_range=255), abs=1e-5
    )  # torchmetrics takes a logarithm in float32


def test_rgb_is_the_three_channels_together(measure):
    output, target = images(30, 40)
    rounded = np.round(np.clip(output.numpy() * 255, 0, 255))[..., 3:-3, 3:-3]
    expected = peak_signal_noise_ratio(target.double().numpy()[..., 3:-3, 3:-3], rounded, data_range=255)
    assert measure("protocol=rgb", "scale=3")(output, target)["psnr"] == pytest.approx(
        expected, abs=1e-5
    )  # torchmetrics takes a logarithm in float32


def test_ms_ssim_and_vif_are_torchmetrics_own(measure):
    output, target = images(190, 200)
    weak = "+metrics.vif_weak={_target_: sr_experiments.metrics.vif.PixelFidelity, sigma_n_sq: 0.4}"
    values = measure("metrics=[ms_ssim,vif]", weak, "protocol=rgb", "scale=2")(output, target)
    a, b = (output * 255).clamp(0, 255).round()[..., 2:-2, 2:-2], target.double()[..., 2:-2, 2:-2]
    assert values["ms_ssim"] == pytest.approx(ms_ssim(a, b, data_range=255.0).item(), abs=1e-6)
    assert values["vif"] == pytest.approx(vif(a, b).item(), abs=1e-9)
    assert values["vif_weak"] == pytest.approx(vif(a, b, sigma_n_sq=0.4).item(), abs=1e-9)


def test_an_image_too_small_for_a_metric_scores_nan_there_alone(measure, capsys):
    by_all = measure("metrics=[psnr,ssim,ms_ssim,vif]", "scale=2")
    values = by_all(*images(40, 14), "set/a")
    assert "set/a: no ssim: SSIM's window is 11 pixels a side, the compared image 10×36" in capsys.readouterr().err
    assert math.isfinite(values["psnr"])
    assert all(math.isnan(values[name]) for name in ("ssim", "ms_ssim", "vif"))
    assert math.isnan(by_all(*images(4, 40))["psnr"])
    assert "no psnr: nothing is left of the image" in capsys.readouterr().err
    assert math.isfinite(by_all(*images(200, 200))["ms_ssim"])


def test_a_perfect_result_is_finite_and_its_image_named_once(measure, capsys):
    black = torch.zeros(1, 3, 30, 30, dtype=torch.uint8)
    by_both = measure("scale=2")
    for _ in range(2):
        assert by_both(black / 255, black, "set/black") == {"psnr": 60, "ssim": pytest.approx(1)}
    assert capsys.readouterr().err.count("set/black: psnr of inf dB, as good as perfect, counts as 60") == 1
    spot = black.clone()
    spot[0, 2, 15, 15] = 1
    assert by_both(spot / 255, black)["psnr"] == 60
    output, target = images(30, 30)
    assert by_both(output, target)["psnr"] < 60 and not by_both(output * math.nan, target)["psnr"] > 0


def test_another_metric_s_infinity_is_no_score(compose, capsys):
    from torchmetrics import SignalNoiseRatio

    endless = Measure(build(compose(), "protocol"), {"snr": SignalNoiseRatio().double()})
    endless.metrics["snr"].forward = lambda *_: torch.tensor(math.inf)
    assert math.isnan(endless(*images(30, 30), "a")["snr"]) and "a: no snr: it is inf" in capsys.readouterr().err


def test_a_result_of_another_size_is_refused(measure):
    with pytest.raises(ValueError, match="another scale"):
        measure()(torch.rand(1, 3, 20, 20), torch.zeros(1, 3, 30, 30, dtype=torch.uint8))


def test_mixed_precision_changes_nothing(measure):
    output, target = images(200, 210)
    by_all = measure("metrics=[psnr,ssim,ms_ssim,vif]")
    with torch.autocast("cpu", torch.bfloat16):
        mixed = by_all(output, target)
    assert mixed == by_all(output, target)


@pytest.mark.parametrize("name", ["lpips", "dists"])
def test_what_a_perceptual_metric_lacks_is_said(measure, name):
    """Without torchvision, or without a connection for its weights, there is one clear message."""
    with pytest.raises(
        ValueError, match=f"metrics.{name}: {name.upper()} needs torchvision|the weights of {name.upper()}"
    ):
        measure(f"metrics=[{name}]", "protocol=rgb")


def test_pyiqa_is_named_where_it_is_missing(measure):
    musiq = "+metrics.musiq={_target_: sr_experiments.metrics.quality.Quality, name: musiq}"
    with pytest.raises(ValueError, match=r"metrics.musiq: musiq is measured by pyiqa.*pip install pyiqa"):
        measure("metrics=[psnr]", musiq, "protocol=rgb")


def test_metrics_that_look_at_rgb_refuse_luma(compose):
    from torchmetrics.image import TotalVariation

    metric = TotalVariation()
    metric.needs_rgb = True
    with pytest.raises(ValueError, match="metric lpips looks at RGB, protocol standard at luma: add protocol=rgb"):
        Measure(build(compose(), "protocol"), {"lpips": metric})
