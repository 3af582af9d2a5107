"""ONNX files against the torch network that they were exported from."""

import pytest
import torch
from torch import nn

from sr_experiments.config import build
from sr_experiments.inference.onnx import onnx

pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


def exported(network, path, channels=3):
    """Write an ONNX file that takes images of any size."""
    sizes = {"low": {2: "height", 3: "width"}, "high": {2: "tall", 3: "wide"}}
    example = torch.rand(1, channels, 8, 9)
    torch.onnx.export(
        network, (example,), path, dynamo=False, input_names=["low"], output_names=["high"], dynamic_axes=sizes
    )
    return path


@pytest.mark.parametrize(("color", "channels"), [("rgb", 3), ("y", 1)])
def test_gives_what_the_exported_network_gives(compose, tmp_path, color, channels):
    torch.manual_seed(0)
    network = build(compose("model=espcn", "model.skip=none", "scale=2", f"color={color}"), "model").eval()
    net = onnx(path=exported(network, tmp_path / "net.onnx", channels), scale=2, color=color)
    low = torch.rand(1, channels, 13, 21)
    with torch.no_grad():
        torch.testing.assert_close(net(low), network(low), rtol=1e-5, atol=1e-5)


def test_a_file_that_says_nothing_is_what_one_says_of_it(tmp_path):
    network = onnx(path=exported(nn.Conv2d(3, 3, 3, padding=1), tmp_path / "net.onnx"), scale=2.5, color="rgb")
    assert (network.scale, network.color, network.receptive_field) == (2.5, "rgb", None)


def said(path, **metadata):
    import onnx as files

    model = files.load(path)
    files.helper.set_model_props(model, metadata)
    files.save(model, path)
    return path


def test_a_file_that_says_its_scale_color_and_reach_is_not_asked_for_them(tmp_path):
    path = exported(nn.Conv2d(1, 1, 3, padding=1), tmp_path / "net.onnx", 1)
    network = onnx(path=said(path, scale="1", color="y", receptive_field="3"), scale=4, color="rgb")
    assert (network.scale, network.color, network.receptive_field) == (1, "y", 3)


@pytest.mark.parametrize("metadata", [{"scale": "two"}, {"scale": "-1"}, {"receptive_field": "[]"}, {"color": "cmyk"}])
def test_what_a_file_says_must_make_sense(tmp_path, metadata):
    path = exported(nn.Conv2d(3, 3, 3, padding=1), tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"net\.onnx: .*(metadata|color)"):
        onnx(path=said(path, **metadata), scale=1, color="rgb")


def test_another_color_is_refused(tmp_path):
    path = exported(nn.Conv2d(3, 3, 3, padding=1), tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"net\.onnx sees 3 channel\(s\), but color=y has 1"):
        onnx(scale=2, path=path, color="y")


def test_what_is_no_image_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="found nothing at"):
        onnx(scale=2, path=tmp_path / "none.onnx", color="rgb")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ValueError, match="no ONNX file that can be run"):
        onnx(scale=2, path=tmp_path / "text.onnx", color="rgb")
    torch.onnx.export(nn.Linear(3, 3), (torch.rand(1, 3),), tmp_path / "flat.onnx", dynamo=False)
    with pytest.raises(ValueError, match=r"expected one float32 image \(1, C, H, W\) in and one out, found"):
        onnx(scale=2, path=tmp_path / "flat.onnx", color="rgb")


def test_an_image_that_the_network_does_not_take_is_refused(tmp_path):
    torch.onnx.export(nn.Conv2d(3, 3, 3, padding=1), (torch.rand(1, 3, 8, 8),), tmp_path / "fixed.onnx", dynamo=False)
    network = onnx(scale=2, path=tmp_path / "fixed.onnx", color="rgb")
    with pytest.raises(ValueError, match=r"fixed\.onnx refused an image \(1, 3, 9, 8\)"):
        network(torch.rand(1, 3, 9, 8))
