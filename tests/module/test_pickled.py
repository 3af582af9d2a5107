"""A network that was pickled whole gives its weights and runs none of its code."""

import copyreg
import importlib
import pickle
import sys
import tracemalloc
import types
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch._utils import _rebuild_tensor

from sr_experiments.config import build, network_config
from sr_experiments.module.weights import read_weights, take_weights

SOURCE = """
# as VDSR's authors wrote it: é
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


class OldPickler(pickle.Pickler):
    """Parameters and tensors as torch reduced them before 0.4."""

    def reducer_override(self, obj):
        if isinstance(obj, nn.Parameter):
            return self.parameter(obj.data)
        if isinstance(obj, Tensor):
            view = obj.storage_offset(), tuple(obj.size()), obj.stride()
            return _rebuild_tensor, (obj.storage(), *view)
        return NotImplemented

    def parameter(self, data):
        return nn.Parameter, (data,), (True, False, OrderedDict())


class OlderPickler(OldPickler):
    """The tensor of a parameter is the first of its state."""

    def parameter(self, data):
        return getattr(copyreg, "__newobj__"), (nn.Parameter,), (data, None, OrderedDict(), True, False)  # noqa: B009


@pytest.fixture
def net(tmp_path, monkeypatch):
    """VDSR of a module that whoever reads the file does not have."""
    (tmp_path / "vdsr.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "vdsr", raising=False)
    torch.manual_seed(0)
    yield importlib.import_module("vdsr").Net()
    sys.modules.pop("vdsr", None)


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


@pytest.mark.slow
@pytest.mark.parametrize("pickler", [OldPickler, OlderPickler])
@pytest.mark.parametrize("alone", [False, True])
def test_files_of_torch_before_0_4(net, tmp_path, monkeypatch, pickler, alone):
    """The bug: a Parameter, then a class that kept its tensor as an argument or in its state, was a stand-in."""
    net.trap = Hostile(tmp_path / "touched")
    old = types.SimpleNamespace(__name__="old", Pickler=pickler, dump=pickle.dump)
    kept = {"state_dict": dict(net.named_parameters()), "trap": net.trap} if alone else {"model": net}
    torch.save(kept | {"epoch": 50}, tmp_path / "old.pth", pickle_module=old, _use_new_zipfile_serialization=False)
    saved = (tmp_path / "old.pth").read_bytes()
    assert alone or b"class Block(nn.Module)" in saved
    # a string of Python 2: bytes in no encoding that is known
    (tmp_path / "old.pth").write_bytes(saved.replace(b"X\5\0\0\0epoch", b"T\5\0\0\0\xe9poch"))
    monkeypatch.delitem(sys.modules, "vdsr")
    ours = build(network_config("model=vdsr", "color=y"), "model")
    assert take_weights(ours, tmp_path / "old.pth", 2) == ("out of state_dict" if alone else "out of model")
    assert torch.equal(ours.state_dict()["layers.36.weight"], net.residual_layer[17].conv.weight)
    assert not (tmp_path / "touched").exists()


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


@pytest.mark.parametrize("asks", [b"cx\ny\nr\xff\xff\xff\x03", b"\x96" + (1 << 29).to_bytes(8, "little")])
def test_a_file_of_a_few_bytes_gets_no_memory_for_asking(tmp_path, asks):
    """The bug: a place far out in the pickle's memo made a list as long."""
    (tmp_path / "a.pth").write_bytes(b"\x80\x02" + asks + b".")
    tracemalloc.start()
    with pytest.raises(ValueError, match="expected a state dict"):
        take_weights(nn.Conv2d(1, 1, 3), tmp_path / "a.pth", 1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 24
