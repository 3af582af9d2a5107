"""Weights of others: read, named, taken to begin from, or refused."""

import argparse
import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sr_experiments.config import build, network_config
from sr_experiments.module.state_dicts import best_reading
from sr_experiments.module.weights import check_fit, read_weights, take_weights, warm_start

pytestmark = pytest.mark.slow


def network(*overrides):
    return build(network_config(*overrides), "model")


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def prefixed(tensors, prefix):
    return {prefix + name: value for name, value in tensors.items()}


def zeros(tensors):
    return {name: torch.zeros_like(value) for name, value in tensors.items()}


class Namespace(dict):
    """Hyperparameters, as programs keep them beside the weights."""


# how a program saves a network's tensors, and what is said of it
WRAPPINGS = {
    "plain": (lambda own: own, ""),
    "params": (lambda own: {"params": own}, "out of params"),
    "params_ema": (lambda own: {"params": zeros(own), "params_ema": own}, "out of params_ema"),
    "params-ema": (lambda own: {"params": zeros(own), "params-ema": own}, "out of params-ema"),
    "data_parallel": (
        lambda own: {"epoch": 3, "state_dict": prefixed(own, "module.")},
        "out of state_dict, without module.",
    ),
    "lightning": (
        lambda own: {"state_dict": prefixed(own, "network."), "hyper_parameters": Namespace(width=64)},
        "out of state_dict, without network.",
    ),
    "compiled": (lambda own: prefixed(own, "_orig_mod."), "without _orig_mod."),
    "compiled, parallel": (lambda own: prefixed(own, "module._orig_mod."), "without _orig_mod., without module."),
    "parallel, compiled": (lambda own: prefixed(own, "_orig_mod.module."), "without _orig_mod., without module."),
    "a part compiled": (
        lambda own: {name.replace("encoder.", "encoder._orig_mod."): value for name, value in own.items()},
        "without _orig_mod.",
    ),
    "model": (lambda own: {"model": own}, "out of model"),
    "model_state_dict": (
        lambda own: {"model_state_dict": own, "optimizer": {"state": {0: zeros(own)}}},
        "out of model_state_dict",
    ),
    "discriminator first": (
        lambda own: {"d": prefixed(own, "layers."), "g": {"weights": own}},
        "out of g.weights",
    ),
    "names of two networks": (
        lambda own: {"state_dict": prefixed({"0.weight": torch.zeros(3)}, "loss.") | prefixed(own, "generator.")},
        "out of state_dict, without generator.",
    ),
    "names of averaged weights": (
        lambda own: prefixed(zeros(own), "model.") | prefixed(own, "ema_model.module."),
        "without ema_model.module.",
    ),
    "namespace": (lambda own: {"model": own, "args": argparse.Namespace(lr=1e-3)}, "out of model"),
    "numpy": (
        lambda own: {
            "names": np.array(list(own)),
            "others": np.array([None]),
            "weights": {name: value.numpy().astype(">f8", order="F") for name, value in own.items()},
        },
        "out of weights, from NumPy arrays",
    ),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_tensors_are_taken_out_of_what_they_are_kept_in(wrapping, tmp_path):
    net = network("model=espcn")
    wrap, note = WRAPPINGS[wrapping]
    torch.save(wrap(state(net)), tmp_path / "file.pth")
    found = read_weights(tmp_path / "file.pth", net, 2)
    assert found.note == note
    assert found.tensors.keys() == net.state_dict().keys()
    assert all(torch.equal(found.tensors[name], value) for name, value in net.state_dict().items())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_are_float32(tmp_path, kind):
    net = network("model=espcn")
    save_file({name: value.to(kind) for name, value in state(net).items()}, tmp_path / "file.safetensors")
    expected = {name: value.to(kind).float() for name, value in state(net).items()}
    assert take_weights(net, tmp_path / "file.safetensors", 2) == f"from {str(kind).removeprefix('torch.')}"
    assert all(torch.equal(value, expected[name]) for name, value in net.state_dict().items())


def test_official_names_that_look_like_a_prefix_stay():
    """Names of the older ESRGAN begin with `model.`, also where DataParallel put `module.` before them."""
    official = {"module.model.0.weight": torch.ones(3), "module.model.10.bias": torch.ones(3)}
    found = best_reading(official, ["encoder.weight", "head.last.bias"], 4)
    assert (set(found.tensors), found.note) == ({"encoder.weight", "head.last.bias"}, "without module.")


def test_weights_that_are_no_numbers_are_refused(tmp_path):
    net = network("model=espcn")
    torch.save({name: value * float("nan") for name, value in state(net).items()}, tmp_path / "nan.pth")
    with pytest.raises(ValueError, match=r"nan\.pth: .* holds values that are no finite numbers"):
        read_weights(tmp_path / "nan.pth", net, 2)


def test_of_tensors_that_differ_no_more_are_counted_than_there_are(tmp_path):
    """The bug: "12 of 6 tensors differ", where six names are the network's and six the file's."""
    net = network("model=espcn")
    others = {f"other.{name}": value for name, value in state(net).items()}
    with pytest.raises(ValueError, match=f"{2 * len(others)} of {2 * len(others)} tensors differ"):
        check_fit(net, others, tmp_path)


@pytest.mark.parametrize("content", ["a path", "words", "nothing"])
def test_a_file_that_holds_something_else_than_tensors_is_refused(tmp_path, content):
    if content == "a path":
        torch.save({"model": tmp_path}, tmp_path / "file.pth")
    else:
        (tmp_path / "file.pth").write_bytes(b"root:x:0:0:root\n" if content == "words" else b"")
    with pytest.raises(ValueError, match=r"file.pth: expected a state dict of tensors alone"):
        read_weights(tmp_path / "file.pth", network("model=espcn"), 2)


def test_another_scale_takes_all_but_the_head(tmp_path):
    first, second = network("model=espcn", "scale=2"), network("model=espcn", "scale=4")
    save_file(state(first), tmp_path / "x2.safetensors")
    fresh = state(second)
    start = warm_start(second, tmp_path / "x2.safetensors", 4)
    assert start.fresh == start.unused == ["head.0.bias", "head.0.weight"]
    for name, value in second.state_dict().items():
        assert torch.equal(value, (fresh if name.startswith("head.") else state(first))[name])


def test_a_head_is_taken_whole_or_not_at_all(tmp_path):
    first, second = (network("model=edsr_baseline", "model.decoder.blocks=1", f"scale={scale}") for scale in (2, 4))
    save_file(state(first), tmp_path / "x2.safetensors")
    start = warm_start(second, tmp_path / "x2.safetensors", 4)
    assert {name for name in second.state_dict() if name.startswith("head.")} == set(start.fresh)


def test_a_network_of_which_only_a_part_fits_is_refused_and_left_alone(tmp_path):
    save_file(state(network("model=edsr_baseline", "model.decoder.blocks=1")), tmp_path / "small.safetensors")
    net = network("model=edsr_baseline", "model.decoder.blocks=2")
    before = state(net)
    with pytest.raises(ValueError, match=r"does not fit the network: 6 of 12 tensors .* decoder.layers.1"):
        warm_start(net, tmp_path / "small.safetensors", 2)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_parts_are_taken_of_another_network(tmp_path):
    first, second = network("model=edsr_baseline", "scale=2"), network("model=edsr_baseline", "model.decoder.blocks=2")
    save_file(state(first), tmp_path / "file.safetensors")
    fresh = state(second)
    start = warm_start(second, tmp_path / "file.safetensors", 2, ["encoder", "decoder.layers.0"])
    assert start.taken == sorted(name for name in fresh if name.startswith(("encoder.", "decoder.layers.0.")))
    assert set(start.fresh) == set(fresh) - set(start.taken) and " more" in str(start)
    for name, value in second.state_dict().items():
        assert torch.equal(value, (state(first) if name in start.taken else fresh)[name])
    with pytest.raises(ValueError, match=r"expected parts of the network \(encoder, decoder, head\), got enc"):
        warm_start(second, tmp_path / "file.safetensors", 2, ["enc"])
    small = network("model=edsr_baseline", "model.width=8")
    with pytest.raises(ValueError, match=r"does not fit the network: 2 of 2 tensors of encoder have no counterpart"):
        warm_start(small, tmp_path / "file.safetensors", 2, ["encoder"])


def test_a_run_begins_from_another_run(command, tiny, tmp_path):
    assert command("train", *tiny, "scale=2").code == 0
    done = command("train", *tiny[:-1], "scale=3", "weights=run", "output_dir=second")
    assert done.code == 0, done.err
    assert "weights=run/weights.safetensors: took 4 tensors; begins afresh: head.0.bias, head.0.weight" in done.out
    noted = json.loads((tmp_path / "second" / "run.json").read_text())["weights"]
    assert noted["fresh"] == ["head.0.bias", "head.0.weight"]
    done = command("train", *tiny[:-1], "weights=run", "weights_parts=[encoder]", "output_dir=third")
    assert done.code == 0, done.err
    second, third = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("second", "third"))
    assert all(name.startswith("encoder.") for name in third["weights"]["taken"])
    assert second["signature"] != third["signature"]


def test_the_content_of_the_weights_is_part_of_the_experiment(command, tiny, tmp_path):
    signatures = []
    for seed in (0, 1):
        net = network("model=espcn", "scale=3", "model.encoder.features=8")
        torch.manual_seed(seed)
        for value in net.parameters():
            torch.nn.init.normal_(value, std=0.01)
        save_file(prefixed(state(net), "module."), tmp_path / "file.safetensors")
        done = command("train", *tiny[:-1], "weights=file.safetensors", f"output_dir=run{seed}")
        assert done.code == 0, done.err
        assert "tensors (without module.)" in done.out
        signatures.append(json.loads((tmp_path / f"run{seed}" / "run.json").read_text())["signature"])
    assert signatures[0] != signatures[1]


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("nowhere", "weights=nowhere: expected a run directory, or the name of a network"),
        ("bad.safetensors", "does not fit the network"),
    ],
)
def test_weights_that_do_not_fit_leave_no_folder(command, tiny, tmp_path, origin, message):
    save_file({"something.weight": torch.zeros(2)}, tmp_path / "bad.safetensors")
    done = command("train", *tiny, f"weights={origin}")
    assert done.code == 1
    assert message in done.err and "Traceback" not in done.err
    assert not (tmp_path / "run").exists()
