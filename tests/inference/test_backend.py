"""What runs a light network fastest: found once, kept, and the same to rounding."""

import json

import pytest
import torch

from sr_experiments.color import enlarge_image
from sr_experiments.inference.backend import InTorch, fastest
from sr_experiments.inference.network import Network
from sr_experiments.inference.onnx import Onnx
from sr_experiments.inference.run import load_run
from sr_experiments.trained import run_folder


@pytest.mark.slow
def test_the_faster_of_torch_and_onnxruntime_is_timed_once_and_makes_the_same(tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path))
    folder = run_folder("espcn_x2")
    network, low = load_run(folder).network, torch.rand(1, 3, 20, 33)
    with torch.no_grad():
        expected = enlarge_image(network, 255 * low, "y").clamp(0, 1)
        for _ in range(2):
            torch.testing.assert_close(fastest(network, folder)[3](low), expected, rtol=0, atol=1e-5)
    (times,) = tmp_path.rglob("times-*.json")
    before = next(tmp_path.rglob("network.onnx")).stat().st_mtime_ns
    for slower, expected_kind in (("torch", Onnx), ("onnxruntime", InTorch)):
        times.write_text(json.dumps({"torch": 1.0, "onnxruntime": 1.0, slower: 2.0}))
        assert isinstance(fastest(network, folder)[3], expected_kind)
    assert next(tmp_path.rglob("network.onnx")).stat().st_mtime_ns == before


def test_large_networks_and_other_channels_are_left_as_they_are(tmp_path):
    large = Network(torch.nn.Conv2d(3, 3, 111, padding=55), scale=1, color="rgb")
    assert fastest(large, tmp_path) == {}
    assert fastest(Network(torch.nn.Conv2d(4, 4, 1), scale=1, color=4), tmp_path) == {}
