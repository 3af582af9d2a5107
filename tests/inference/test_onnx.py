"""ONNX files against the torch network that they were exported from."""

import pytest
import torch
from torch import nn

from sr_experiments.config import build
from sr_experiments.inference.onnx import Onnx
from sr_experiments.inference.tiles import Tiles

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
    onnx = Onnx(path=exported(network, tmp_path / "net.onnx", channels), color=color)
    low = torch.rand(1, channels, 13, 21)
    with torch.no_grad():
        torch.testing.assert_close(onnx(low), network(low), rtol=1e-5, atol=1e-5)


def test_tiles_are_blended_since_the_receptive_field_is_not_known(tmp_path):
    network = nn.Conv2d(3, 3, 3, padding=1)
    assert Tiles(Onnx(path=exported(network, tmp_path / "net.onnx"), color="rgb"), tile=16, channels=3).blended


def test_another_color_is_refused(tmp_path):
    path = exported(nn.Conv2d(3, 3, 3, padding=1), tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"net\.onnx sees 3 channel\(s\), but color=y has 1"):
        Onnx(path=path, color="y")


def test_what_is_no_image_network_is_refused(tmp_path):
    with pytest.raises(ValueError, match="found nothing at"):
        Onnx(path=tmp_path / "none.onnx", color="rgb")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(ValueError, match="no ONNX file that can be run"):
        Onnx(path=tmp_path / "text.onnx", color="rgb")
    torch.onnx.export(nn.Linear(3, 3), (torch.rand(1, 3),), tmp_path / "flat.onnx", dynamo=False)
    with pytest.raises(ValueError, match=r"expected one float32 image \(1, C, H, W\) in and one out, found"):
        Onnx(path=tmp_path / "flat.onnx", color="rgb")


def test_an_image_that_the_network_does_not_take_is_refused(tmp_path):
    torch.onnx.export(nn.Conv2d(3, 3, 3, padding=1), (torch.rand(1, 3, 8, 8),), tmp_path / "fixed.onnx", dynamo=False)
    onnx = Onnx(path=tmp_path / "fixed.onnx", color="rgb")
    with pytest.raises(ValueError, match=r"fixed\.onnx refused an image \(1, 3, 9, 8\)"):
        onnx(torch.rand(1, 3, 9, 8))
