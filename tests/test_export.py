"""sr-export: files that make what the network makes, or are not written."""

import io
import json
import re
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from sr_experiments.color import enlarge_image
from sr_experiments.config import build, networks
from sr_experiments.inference.checking import check_close
from sr_experiments.inference.exporting import onnx_bytes
from sr_experiments.inference.graph import Graph
from sr_experiments.inference.network import Network
from sr_experiments.inference.onnx import Onnx, onnx
from sr_experiments.inference.run import load_run
from sr_experiments.trained import run_folder

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

SMALL = {
    "hat_s": [
        *("model.width=12", "model.decoder.groups=1", "model.decoder.blocks=2", "model.decoder.heads=2"),
        *("model.decoder.compress=2", "model.decoder.squeeze=2"),
    ],
    "safmn": ["model.width=8", "model.decoder.blocks=1"],
    "unet": ["model.encoder.features=4"],
}


def torch_result(low):
    network = load_run(run_folder("espcn_x2")).network
    with torch.no_grad():
        return enlarge_image(network, low * 255, "y").clamp(0, 1)


def figure(pattern, text):
    found = re.search(pattern, text)
    assert found, text
    return float(found[1])


@pytest.mark.slow
def test_an_onnx_file_takes_and_makes_rgb_and_says_what_it_is(command):
    done = command("export", "espcn_x2", "--output", "two.onnx")
    assert done.code == 0 and figure(r"at 7 sizes (\S+)", done.out) < 1e-5
    file = Onnx(Path("two.onnx"))
    network = onnx(path="two.onnx", scale=7, color="y")
    assert (network.scale, network.color, network.receptive_field) == (2, "rgb", 9)
    low = torch.rand(1, 3, 17, 90)
    torch.testing.assert_close(network(low), torch_result(low), rtol=0, atol=1e-5)
    said = file.session.get_modelmeta().custom_metadata_map
    assert (said["channels"], said["network"], said["learnt_from"]) == ("3", "espcn", "CID22-512")
    assert "CC BY-SA 4.0" in said["data_licence"] and said["command"] == "sr-export espcn_x2 --output two.onnx"
    scores = {(row["benchmark"], row["metric"]): row["value"] for row in json.loads(said["scores"])}
    assert scores["set5", "psnr"] == pytest.approx(36.77, abs=0.01)
    assert str(Path(__file__).parents[1]).encode() not in Path("two.onnx").read_bytes()
    assert "--overwrite it" in command("export", "espcn_x2", "--output", "two.onnx").err

    half = command("export", "espcn_x2", "--output", "half.onnx", "--precision", "fp16")
    assert half.code == 0 and figure(r"(\S+) dB below", half.out) < 0.01
    assert Path("half.onnx").stat().st_size < 0.75 * Path("two.onnx").stat().st_size
    low = torch.rand(1, 3, 17, 90)
    torch.testing.assert_close(onnx(path="half.onnx", scale=2, color="rgb")(low), torch_result(low), rtol=0, atol=5e-3)


@pytest.mark.slow
def test_int8_says_its_price_and_is_refused_where_it_is_high(command):
    refused = command("export", "espcn_x2", "--precision", "int8", "--accept-loss", "0.001")
    assert refused.code == 1 and not list(Path().iterdir())
    lost = figure(r"would cost (\S+) dB", refused.err)
    taken = command("export", "espcn_x2", "--precision", "int8", "--accept-loss", str(lost + 0.01))
    assert taken.code == 0 and figure(r"(\S+) dB below", taken.out) == pytest.approx(lost, abs=0.01)
    low = torch.rand(1, 3, 40, 31)
    difference = (onnx(path="espcn_x2.onnx", scale=2, color="rgb")(low) - torch_result(low)).abs()
    assert difference.max() > 1e-3 and difference.mean() < 0.02


@pytest.mark.slow
def test_programs_of_torch_and_weights_make_the_same(command):
    low = torch.rand(1, 3, 1, 14)
    assert command("export", "espcn_x2", "--format", "pt2").code == 0
    extra = {"metadata.json": ""}
    program = torch.export.load(io.BytesIO(Path("espcn_x2.pt2").read_bytes()), extra_files=extra).module()
    torch.testing.assert_close(program(low), torch_result(low), rtol=0, atol=1e-5)
    assert json.loads(extra["metadata.json"])["scale"] == "2"
    assert command("export", "espcn_x2", "--format", "safetensors").code == 0
    with safe_open("espcn_x2.safetensors", "pt") as file:
        assert file.metadata()["color"] == "y" and json.loads(file.metadata()["model"])["skip"] == "bicubic"
        names = set(file.keys())
    with safe_open(run_folder("espcn_x2") / "weights.safetensors", "pt") as file:
        assert names == set(file.keys())


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_networks_that_pad_pool_and_attend_make_the_same_at_every_size(name, compose, tmp_path):
    torch.manual_seed(0)
    net = build(compose(f"model={name}", "scale=2", "color=rgb", *SMALL[name]), "model")
    network = Network(Visible(net.eval()), scale=2, color="rgb")
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_bytes(Graph(network), {}))
    assert "at 7 sizes" in check_close(onnx(path=path, scale=2, color="rgb"), network)


def test_docs_list_every_network_with_what_the_record_says_of_it():
    docs = Path(__file__).parents[1] / "docs"
    listed = dict(re.findall(r"^\| (\w+) \| ([\d,]+ \| .*) \|$", (docs / "export.md").read_text(), re.MULTILINE))
    assert set(listed) == set(networks())
    rows = json.loads((docs / "results" / "bench_export.json").read_text())["networks"]
    for row in rows:
        kinds = (row[kind].get("differences") for kind in ("onnx", "pt2"))
        told = [f"{max(differences):.0e}" if differences else "no" for differences in kinds]
        assert listed[row["network"]] == f"{row['parameters']:,} | {' | '.join(told)}"
    assert {name for name, row in listed.items() if "not run" in row} == set(networks()) - {
        row["network"] for row in rows
    }


class Visible(nn.Module):
    """Results of a network that has learnt nothing where clamping hides none of them."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, low):
        return self.network(low) / 8 + 0.5


def test_a_file_that_makes_something_else_is_refused():
    network = load_run(run_folder("espcn_x2")).network
    graph = Graph(network)
    assert "at 7 sizes" in check_close(graph, network)
    with pytest.raises(ValueError, match=r"not make what torch makes.*16×16: 3.0e-04"):
        check_close(lambda low: graph(low) * (1 - 3e-4), network)
    with pytest.raises(ValueError, match="37×53: inf"):
        check_close(lambda low: graph(low)[..., 1:], network)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], "nosuch: expected a run directory, or the name of a network that ships"),
        (["espcn_x2", "--output", "a.jpg"], "a.jpg: expected an ending of onnx, pt2, safetensors, or a --format"),
        (["espcn_x2", "--format", "pt2", "--precision", "int8"], "int8 is for --format onnx, not for pt2"),
        (["espcn_x2", "--output", "none/a.onnx"], "there is no folder none"),
    ],
)
def test_what_cannot_be_is_refused_at_once(command, arguments, message):
    done = command("export", *arguments)
    assert done.code == 1 and message in done.err and not list(Path().iterdir())
