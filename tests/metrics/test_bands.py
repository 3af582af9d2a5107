"""Metrics of bands and of values that have no 8 bits, against NumPy."""

import numpy as np
import pytest
import torch

from sr_experiments.config import build, build_each
from sr_experiments.metrics.measure import Measure
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.report.leaderboard import LOWER_IS_BETTER

RANDOM = np.random.default_rng(0)
TARGET = torch.from_numpy(RANDOM.uniform(20, 250, (1, 4, 32, 40)))
OUTPUT = (TARGET + torch.from_numpy(RANDOM.normal(0, 5, TARGET.shape))).clamp(0, 255) / 255
ALL = Protocol(name="all", color="all", rounding="all", shave=0)


def measured(compose, target=TARGET, output=OUTPUT, protocol=ALL):
    metrics = build_each(compose("metrics=[sam,ergas,uqi,nrmse]", "scale=2"), "metrics")
    measure = Measure(protocol, metrics)
    better = measure.about["higher_is_better"]
    assert all(better[name] == (name not in LOWER_IS_BETTER) for name in metrics)
    return measure(output, target)


def test_they_are_what_their_formulas_say(compose):
    found = measured(compose)
    rounded = [((each.numpy()[0] * 257).round() / 257) for each in (OUTPUT * 255, TARGET)]
    output, target = rounded
    angles = np.arccos((output * target).sum(0) / np.linalg.norm(output, axis=0) / np.linalg.norm(target, axis=0))
    assert found["sam"] == pytest.approx(np.degrees(angles).mean(), rel=1e-5)
    relative = ((output - target) ** 2).mean((1, 2)) / target.mean((1, 2)) ** 2
    assert found["ergas"] == pytest.approx(100 / 2 * np.sqrt(relative.mean()), rel=1e-5)
    assert found["nrmse"] == pytest.approx(np.sqrt(((output - target) ** 2).mean()) / target.mean(), rel=1e-5)
    assert 0 < found["uqi"] < 1


def test_perfect_is_perfect(compose):
    found = measured(compose, output=TARGET / 255)
    assert (found["ergas"], found["nrmse"]) == pytest.approx((0, 0), abs=1e-3)
    assert found["sam"] == pytest.approx(0, abs=0.01) and found["uqi"] == pytest.approx(1, abs=1e-6)


def test_black_pixels_have_no_angle_and_one_band_neither(compose, capfd):
    target, output = TARGET.clone(), OUTPUT.clone()
    target[..., :4], output[..., :4] = 0, 0
    black, rest = measured(compose, target, output), measured(compose, target[..., 4:], output[..., 4:])
    assert black["sam"] == pytest.approx(rest["sam"], rel=1e-9)
    assert np.isnan(measured(compose, TARGET[:, :1], OUTPUT[:, :1])["sam"])
    assert "an image: no sam: " in capfd.readouterr().err


def test_a_window_is_the_range_of_what_is_measured(compose):
    """PSNR by 400 Hounsfield units of a CT that is kept from -1024 to 3071; beyond them nothing counts."""
    overrides = ["protocol=window", "protocol.limits=[-1024,3071]", "protocol.window=[-160,240]", "scale=2"]
    protocol = build(compose(*overrides), "protocol")
    units = RANDOM.uniform(-1000, 1500, (1, 1, 40, 40))
    result = units + RANDOM.normal(0, 20, units.shape)
    target, output = (torch.from_numpy((each + 1024) / 4095) for each in (units, result))
    found = Measure(protocol, build_each(compose("metrics=[psnr]"), "metrics"))(output, target * 255)["psnr"]
    shown = [each[..., 2:-2, 2:-2].clip(-160, 240) for each in (units, result)]
    assert found == pytest.approx(10 * np.log10(400**2 / np.mean((shown[0] - shown[1]) ** 2)), abs=0.01)
    with pytest.raises(ValueError, match=r"expected a window of all channels within \[-1024, 3071\], got \[5, 5\]"):
        Protocol(name="window", color="all", rounding="all", shave=0, limits=[-1024, 3071], window=[5, 5])
