"""Released weights score here what they score in their authors' code."""

import pytest
import torch
from torchmetrics.image import PeakSignalNoiseRatio

from sr_experiments.config import build, network_config
from sr_experiments.data.pairs import read_pair
from sr_experiments.data.sources import image_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.metrics.measure import Measure
from sr_experiments.metrics.protocol import Protocol
from sr_experiments.module.weights import check_fit, read_weights

SCORES = [
    ("imdn", "IMDN_x2.pth", 2, 38.00, 33.63),
    ("imdn", "IMDN_x3.pth", 3, 34.36, 30.32),
    ("imdn", "IMDN_x4.pth", 4, 32.21, 28.58),
    ("rlfn", "rlfn_x2.pth", 2, 38.07, 33.72),
    ("rlfn", "rlfn_x4.pth", 4, 32.24, 28.62),
    ("carn_m", "carn_m.pth", 2, 37.68, 33.30),
    ("carn_m", "carn_m.pth", 3, 34.06, 30.10),
    ("carn_m", "carn_m.pth", 4, 31.88, 28.42),
]


def psnr(network, folder, scale):
    """The mean over a folder's images by the standard protocol, in dB."""
    measure = Measure(
        Protocol(name="standard", color="y", shave=scale),
        {"psnr": PeakSignalNoiseRatio(data_range=255.0, dim=(1, 2, 3))},
    )
    values = []
    for path in image_files(folder):
        pair = read_pair(path, lambda high: bicubic(high, scale=scale), scale)
        with torch.no_grad():
            output = network(pair.low[None].float() / 255)
        values.append(measure(output, pair.high[None])["psnr"])
    return sum(values) / len(values)


@pytest.mark.parametrize(
    ("benchmark", "column"), [("Set5", 0), pytest.param("Set14", 1, marks=pytest.mark.slow)], ids=["Set5", "Set14"]
)
@pytest.mark.parametrize(("name", "file", "scale", "set5", "set14"), SCORES, ids=[f"{f}-{s}" for _, f, s, *_ in SCORES])
def test_released_weights_score_what_they_do_in_their_authors_code(
    shared, name, file, scale, set5, set14, benchmark, column
):
    network = build(network_config(f"model={name}", f"scale={scale}"), "model").eval()
    weights = read_weights(shared / "weights" / file, network, scale)
    check_fit(network, weights, file)
    network.load_state_dict(weights)
    assert psnr(network, shared / "data" / benchmark, scale) == pytest.approx((set5, set14)[column], abs=0.01)
