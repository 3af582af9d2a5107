"""A stranger's run: its network is built, nothing else of it."""

import json
import sys

import pytest
import torch
from torch import nn

from sr_experiments import evaluate
from sr_experiments.config import build
from sr_experiments.inference.run import load_run
from sr_experiments.module.weights import save_weights

pytestmark = pytest.mark.slow

OWN = """
from pathlib import Path
from torch import nn

class Net(nn.Conv2d):
    pass

def touch(path):
    Path(path).touch()
"""


@pytest.fixture
def stored(compose, tmp_path):
    """Write a run of a tiny ESPCN, `changed` in its model."""

    def write(**changed):
        torch.manual_seed(0)
        config = compose("model=espcn", "model.encoder.features=4", "scale=2", "color=y")
        network = build(config, "model")
        run = tmp_path / "run"
        run.mkdir(exist_ok=True)
        config["model"].update(changed)
        facts = {"format": 1, "status": "finished", "signature": "0123456789ab", "seed": 0, "choices": {}}
        (run / "run.json").write_text(json.dumps({**facts, "config": config}))
        save_weights(network, run / "weights.safetensors")
        return run, network

    return write


def test_is_the_network_that_was_trained(stored):
    run, network = stored()
    found = load_run(run)
    assert (found.network.scale, found.network.color) == (2, "y")
    low = torch.rand(1, 1, 5, 6)
    with torch.no_grad():
        assert torch.equal(found.network(low), network(low))


HOSTILE = {
    "a function": {"_target_": "torch.hub.load", "repo_or_dir": "."},
    "a function of the standard library": {"_target_": "pathlib.Path.touch", "self": "was_run"},
    "a function of ours": {"_target_": "sr_experiments.tables.write_text", "path": "was_run", "text": ""},
    "another library's module": {"_target_": "torchmetrics.Metric"},
    "what a module of ours imports": {"_target_": "sr_experiments.record.os.mkdir", "path": "was_run"},
    "a library's module that ours imports": {"_target_": "sr_experiments.model.super_resolution.nn.Identity"},
    "a library's module under a name of ours": {"_target_": "sr_experiments.model.block.residual.Tensor"},
    "a network of ours that opens a file": {
        "_target_": "sr_experiments.inference.checkpoint.Checkpoint",
        "path": "own_network.py",
    },
    "a class that is no network": {"_target_": "sr_experiments.data.photos.photos", "names": []},
    "a function of the user's own": {"_target_": "own_network.touch", "path": "was_run"},
    "hidden in a list": {"encoder": {"layers": [{"_target_": "own_network.touch", "path": "was_run"}]}},
    "hidden in an interpolation": {"encoder": "${oc.create:{_target_:own_network.touch,path:was_run}}"},
    "no text": {"_target_": ["torch.hub.load"]},
    "half a network": {"_partial_": True},
    "nowhere": {"_target_": "sr_experiments.nowhere.Net"},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_nothing_but_networks_is_built(stored, tmp_path, monkeypatch, case):
    (tmp_path / "own_network.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    run, _ = stored(**HOSTILE[case])
    for trust in (False, True):
        with pytest.raises(ValueError, match="run: model: "):
            load_run(run, trust=trust)
    assert not (tmp_path / "was_run").exists()


@pytest.fixture
def of_ones_own(stored):
    """Make the run one of a `Net` of some module."""

    def write(module):
        run, _ = stored()
        facts = json.loads((run / "run.json").read_text())
        facts["config"]["model"] = {"_target_": f"{module}.Net", "in_channels": 1, "out_channels": 1, "kernel_size": 3}
        (run / "run.json").write_text(json.dumps(facts))
        network = nn.Conv2d(1, 1, 3)
        save_weights(network, run / "weights.safetensors")
        return run, network

    return write


def test_a_network_of_the_user_s_own_is_built_if_trusted(of_ones_own, tmp_path, monkeypatch):
    (tmp_path / "own_network.py").write_text(f"{OWN}\nopen('imported', 'w')")
    monkeypatch.syspath_prepend(tmp_path)
    run, network = of_ones_own("own_network")
    with pytest.raises(ValueError, match="trust=true also builds"):
        load_run(run)
    assert not (tmp_path / "imported").exists()
    low = torch.rand(1, 1, 5, 6)
    with torch.no_grad():
        assert torch.equal(load_run(run, trust=True).network(low), network(low))


@pytest.mark.parametrize("module", ["run.net", "run.deep.net", "run.package", "linked", "net"])
def test_no_module_of_a_run_is_ever_imported(of_ones_own, tmp_path, monkeypatch, module):
    """Below the working directory, through a link into the run, or with the run itself on the path."""
    run, _ = of_ones_own(module)
    for place in ("net.py", "deep/net.py", "package/__init__.py", "__init__.py"):
        (run / place).parent.mkdir(exist_ok=True)
        (run / place).write_text(f"{OWN}\nopen({str(tmp_path / 'was_run')!r}, 'w')")
    (tmp_path / "linked.py").symlink_to(run / "net.py")
    monkeypatch.syspath_prepend(run if module == "net" else tmp_path)
    for trust in (False, True):
        with pytest.raises(ValueError, match=r"will not (import|build)"):
            load_run(run, trust=trust)
    assert not (tmp_path / "was_run").exists()


def test_a_run_as_the_working_directory_gives_no_modules(stored, monkeypatch):
    run, _ = stored()
    (run / "hydra_plugins").mkdir()
    (run / "hydra_plugins" / "evil.py").write_text("open('was_run', 'w')")
    monkeypatch.chdir(run)
    monkeypatch.setattr(sys, "argv", ["sr-evaluate", "--cfg", "job"])
    evaluate.main()
    assert str(run) not in sys.path and not (run / "was_run").exists()


def test_weights_of_another_network_are_refused(stored):
    run, _ = stored()
    save_weights(nn.Conv2d(1, 1, 3), run / "weights.safetensors")
    with pytest.raises(ValueError, match=r"weights\.safetensors holds another network: .* tensors differ, first bias"):
        load_run(run)


@pytest.mark.parametrize("name", ["run.json", "weights.safetensors"])
def test_links_within_a_run_are_followed_and_no_others(stored, tmp_path, name):
    run, _ = stored()
    moved, outside = (run / name).rename(run / "moved"), tmp_path / "outside"
    (run / name).symlink_to(moved)
    assert load_run(run).network.scale == 2
    moved.rename(outside)
    for target in (outside, run / name):
        (run / name).unlink()
        (run / name).symlink_to(target)
        with pytest.raises(ValueError, match=f"run: {name} is no file of the run itself, or a link that leads out"):
            load_run(run)


def test_what_is_missing_is_named(stored):
    run, _ = stored()
    (run / "weights.safetensors").unlink()
    with pytest.raises(ValueError, match=r"run \(finished\) has no weights\.safetensors"):
        load_run(run)
    (run / "run.json").write_text('{"format": 1, "status": "finished", "config": {"model": {}}}')
    with pytest.raises(ValueError, match=r"no proper signature .*; config.scale \(expected a number, got None\)"):
        load_run(run)
    (run / "run.json").write_text("[")
    with pytest.raises(ValueError, match=r"run: half-written or broken: its record is no JSON"):
        load_run(run)
