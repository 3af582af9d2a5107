"""sr-profile: what a network costs."""

import json

import pytest
import torch
from torch import nn

from sr_experiments import record
from sr_experiments.model.latency import peak_memory
from sr_experiments.model.layers import layers
from sr_experiments.model.pace import Pace
from sr_experiments.profile import _compiled

SMALL = ["width=96", "height=48", "repeats=3", "warmup=1"]


def test_the_figures_of_espcn(command, tmp_path):
    done = command("profile", "model=espcn", "scale=3", "color=y", "layers=true", "json=cost.json", *SMALL)
    assert done.code == 0, done.err
    result = json.loads((tmp_path / "cost.json").read_text())
    # 5·5·1·64 + 3·3·64·32 + 3·3·32·9 weights, at each of 32×16 low-resolution pixels
    weights = 25 * 64 + 9 * 64 * 32 + 9 * 32 * 9
    assert result["parameters"] == weights + 64 + 32 + 9
    assert result["multiply_adds"] == weights * 32 * 16
    assert sum(layer["multiply_adds"] for layer in result["layers"]) == result["multiply_adds"]
    assert sum(layer["parameters"] for layer in result["layers"]) == result["parameters"]
    assert result["latency_range_ms"][0] <= result["latency_ms"] <= result["latency_range_ms"][1]
    assert result["threads"] == torch.get_num_threads()


def test_merged_convolutions_cost_what_sr_models_says(command, tmp_path):
    done = command("profile", "model=span", "scale=4", "json=cost.json", "repeats=1", "warmup=0", *SMALL[:2])
    assert done.code == 0, done.err
    (listed,) = json.loads(command("models", "span", "--scale", "4", "--json").out)
    assert json.loads((tmp_path / "cost.json").read_text())["parameters"] == listed["parameters"]


@pytest.mark.slow
def test_a_runs_record_keeps_its_profiles(command, tiny, tmp_path):
    assert command("train", *tiny).code == 0
    for options in (SMALL, SMALL, [*SMALL, "precision=bfloat16"]):
        done = command("profile", "run=run", *options)
        assert done.code == 0, done.err
    profiles = record.read(tmp_path / "run")["profiles"]
    assert [profile["precision"] for profile in profiles] == ["float32", "bfloat16"]


def test_a_sweep_over_networks_leaves_nothing_behind(command, tmp_path):
    done = command("profile", "-m", "model=espcn,fsrcnn", "objective=multiply_adds", *SMALL)
    assert done.code == 0, done.err
    assert "fsrcnn" in done.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["objective=beauty", *SMALL], "objective is one of parameters, multiply_adds"),
        (["precision=int8"], "precision is one of"),
        (["device=cuda"], "no CUDA device"),
        (["repeats=0"], "at least 1"),
        (["fit=all"], "fit is batch or patch, of a model=, not 'all'"),
        (["fit=patch", "memory=1e-6"], "a patch of 1 takes 0.00 GiB"),
        (["run=nowhere"], "nowhere: expected a run directory"),
    ],
)
def test_wrong_use_is_explained(command, arguments, message):
    done = command("profile", *arguments)
    assert done.code == 1
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_layer_that_is_used_twice_counts_twice():
    convolution = nn.Conv2d(2, 2, 3, padding=1, bias=False)
    found = layers(nn.Sequential(convolution, nn.ReLU(), convolution), torch.rand(1, 2, 5, 7))
    assert [(layer.kind, layer.multiply_adds) for layer in found] == [("Conv2d", 2 * 9 * 4 * 35), ("ReLU", 0)]


def test_peak_memory_sees_what_is_gone_afterwards():
    def waste() -> None:
        torch.ones(64 * 2**20 // 4).sum()

    kept = [bytearray(2**16) for _ in range(4096)]
    last = bytearray(2**16)
    del kept  # 256 MiB that malloc may keep for itself, below what is still in use
    memory = peak_memory(waste, torch.device("cpu"))
    assert last is not None
    assert memory is None or 55 < memory < 100


def test_the_largest_batch_that_fits_is_told(command, tmp_path):
    done = command("profile", "model=espcn", "fit=batch", "memory=0.1", "patch_size=32", "json=fit.json")
    assert done.code == 0, done.err
    result = json.loads((tmp_path / "fit.json").read_text())
    assert result["batch"] > 16 and 0.098 < result["step_gib"] <= 0.1


def test_compiling_pays_once_its_seconds_are_saved():
    eager = Pace(first=0.9, best=0.5)
    assert _compiled(eager, Pace(first=10.0, best=0.25))["compiling_pays_after_steps"] == 40
    assert _compiled(eager, Pace(first=10.0, best=0.5))["compiling_pays_after_steps"] == "never"
    assert _compiled(eager) == {"compile_seconds": None, "compiling_pays_after_steps": "never"}
