"""A network that was pickled whole gives its weights and runs none of its code."""

import pickle
import sys
import types
from pathlib import Path

import pytest
import torch
from torch import nn

from sr_experiments.config import build, network_config
from sr_experiments.module.weights import read_weights

SOURCE = """
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(64, 64, 3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.residual_layer = nn.Sequential(*(Block() for _ in range(18)))
        self.input = nn.Conv2d(1, 64, 3, padding=1, bias=False)
        self.output = nn.Conv2d(64, 1, 3, padding=1, bias=False)
"""


class Hostile:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def net(monkeypatch):
    """VDSR of a module that whoever reads the file does not have."""
    module = types.ModuleType("vdsr")
    exec(SOURCE, module.__dict__)
    monkeypatch.setitem(sys.modules, "vdsr", module)
    torch.manual_seed(0)
    return module.__dict__["Net"]()


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("parallel", [False, True])
def test_vdsr_as_it_was_released(net, tmp_path, monkeypatch, zipped, parallel):
    released = {"epoch": 50, "model": nn.DataParallel(net) if parallel else net}
    torch.save(released, tmp_path / "vdsr.pth", _use_new_zipfile_serialization=zipped)
    monkeypatch.delitem(sys.modules, "vdsr")
    ours = build(network_config("model=vdsr", "color=y"), "model")
    found = read_weights(tmp_path / "vdsr.pth", ours, 2).tensors
    ours.load_state_dict(found)
    assert torch.equal(found["layers.0.weight"], net.input.weight)
    assert torch.equal(found["layers.36.weight"], net.residual_layer[17].conv.weight)
    assert torch.equal(found["layers.38.weight"], net.output.weight)


@pytest.mark.parametrize("zipped", [False, True])
def test_nothing_that_a_file_names_is_run(net, tmp_path, zipped):
    net.trap = Hostile(tmp_path / "touched")
    torch.save(net, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    ours = build(network_config("model=vdsr", "color=y"), "model")
    assert set(read_weights(tmp_path / "net.pth", ours, 2).tensors) == set(ours.state_dict())
    assert not (tmp_path / "touched").exists()
    (tmp_path / "only.pth").write_bytes(pickle.dumps(Hostile(tmp_path / "touched")))
    with pytest.raises(ValueError, match=r"only\.pth: expected a state dict"):
        read_weights(tmp_path / "only.pth", ours, 2)
    assert not (tmp_path / "touched").exists()
