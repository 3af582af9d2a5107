"""Ways of learning that a user adds in a folder of their own, as docs/learning.md has them."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sr_experiments.config import build
from sr_experiments.model.cost import multiply_adds
from sr_experiments.record import selection
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

SMALL = ["model.width=4", "model.decoder.blocks=1", "callbacks=[default,ema]", "trainer.precision=bf16-mixed"]
OPTIONS = {
    "adversarial": ["module=adversarial", "loss=l1", "callbacks=[default,ema,early_stopping]", "budget.macs=58e6"],
    "gan": [
        *("loss=[l1,adversarial]", "callbacks=[default,ema]", "trainer.gradient_clip_val=1"),
        "trainer.precision=bf16-mixed",
        "loss.adversarial.criterion.discriminator.width=4",
        "+scheduler@loss.adversarial.criterion.schedule=constant",
        "loss.adversarial.criterion.penalty=r1",
        "loss.adversarial.criterion.every=2",
    ],
    "variational": ["model=my_variational", "loss=[l1,my_divergence]", "callbacks=[default,early_stopping]"],
    "flow": ["model=flow", "module=flow", "loss=l1", *SMALL],
    "vae": ["model=variational", "module=variational", "loss=[l1,divergence]", "model.code=2", *SMALL],
}


@pytest.fixture
def own(tiny, tmp_path) -> list[str]:
    """Overrides for a run of six optimizer steps of two batches, with the modules and choices of docs/learning.md."""
    text = (Path(__file__).parents[2] / "docs" / "learning.md").read_text()
    for name, content in re.findall(r"```\w+ (\S+)\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    options = [option for option in tiny if not option.startswith(("model.", "output_dir=", "trainer.max_steps="))]
    return ["--config-dir=conf", *options, "trainer.max_steps=6", "trainer.accumulate_grad_batches=2"]


def finished(run) -> dict[str, Any]:
    """What must be the same however often a run was stopped."""
    facts = json.loads((run / "run.json").read_text())
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    curves = [(row["step"], row["name"], row["value"]) for row in read_rows(run / "metrics.csv")]
    return {
        "record": [facts[name] for name in ("status", "signature", "steps", "macs", "validation")],
        "state": {name: value.tolist() for name, value in state.items()},
        "weights": (run / "weights.safetensors").read_bytes(),
        "curves": [row for row in curves if row[1] != "waiting"],
        "scores": read_rows(run / "scores.csv"),
    }


@pytest.mark.parametrize("way", OPTIONS)
def test_a_way_of_learning_of_ones_own_trains_goes_on_exactly_and_is_measured(command, killed, own, tmp_path, way):
    """The bugs: KeyError 'loss' and two steps a batch with two optimizers, a loss that sees no code."""
    killed(*own, *OPTIONS[way], "output_dir=runs/stopped", after=7)
    assert json.loads((tmp_path / "runs" / "stopped" / "run.json").read_text())["status"] == "running"
    again = command("train", *own, *OPTIONS[way], "output_dir=runs/stopped")
    assert again.code == 0, again.err
    assert "step 4/6" in again.out and "step 2/6" not in again.out
    done = command("train", *own, *OPTIONS[way], "output_dir=runs/whole")
    assert done.code == 0, done.err
    whole = finished(tmp_path / "runs" / "whole")
    assert finished(tmp_path / "runs" / "stopped") == whole
    rates = {step: value for step, name, value in whole["curves"] if name == "lr"}
    assert list(rates) == list("123456") and len(set(rates.values())) == 6
    assert [step for step, name, _ in whole["curves"] if name == "val/psnr"] == ["2", "4", "6"]
    CHECKS[way](tmp_path / "runs" / "whole", {name: float(value) for _, name, value in whole["curves"]})
    measuring = ["benchmark=folder", "benchmark.folder.root=test", "self_ensemble=true", "tile=16"]
    again = command("evaluate", "run=runs/whole", "trust=true", *measuring)
    assert again.code == 0, again.err
    table = command("compare", "runs")
    assert table.code == 0 and "small" in table.out


def check_adversarial(run, last):
    """What learns beside the network counts, and is neither averaged nor kept; the module's own metric chose."""
    facts = json.loads((run / "run.json").read_text())
    discriminator = 3 * (3 * 4 * 9 * 16 * 16 + 4 * 9 * 14 * 14)  # deceived, real and fake patches of 18×18
    assert facts["macs"] == 6 * 2 * 4 * (multiply_adds(build(facts["config"], "model"), 3, 3, (18, 18)) + discriminator)
    assert selection(facts)[0] == "difference" and selection(facts)[1] <= last["val/difference"]
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    same = {name: torch.equal(value, state["current_model_state"][name]) for name, value in state["state_dict"].items()}
    assert all(same[name] != name.startswith("network.") for name in same)
    assert not any("discriminator" in name for name in load_file(run / "weights.safetensors"))


def check_variational(run, last):
    assert last["train/loss"] == pytest.approx(last["train/l1"] + last["train/my_divergence"])


def check_gan(run, last):
    """A loss that learns: two groups of parameters, of norms of their own, and of the second nothing is kept."""
    terms = [last[f"train/{name}"] for name in ("l1", "adversarial", "adversarial_own")]
    assert last["train/loss"] == pytest.approx(sum(terms))
    assert {f"train/adversarial_{fact}" for fact in ("real", "fake", "penalty")} <= last.keys()
    assert last["train/gradient_network"] > 0 and last["train/gradient_adversarial"] > 0
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    groups = state["optimizer_states"][0]["param_groups"]
    assert [group["initial_lr"] for group in groups] == [1e-3, 1e-4]
    assert groups[0]["lr"] < 1e-3 and groups[1]["lr"] == 1e-4  # of a schedule of its own
    assert int(state["state_dict"]["criteria.adversarial.steps"]) == 12
    assert not any("discriminator" in name for name in load_file(run / "weights.safetensors"))


def check_flow(run, last):
    """One loss, of images."""
    assert last["train/loss"] > 0 and "train/l1" not in last


def check_vae(run, last):
    """The posterior learns, is no part of the averages and is not kept."""
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    weight = "posterior.layers.0.weight"
    assert torch.equal(state["state_dict"][weight], state["current_model_state"][weight])
    assert not any("posterior" in name for name in load_file(run / "weights.safetensors"))


CHECKS = {
    "adversarial": check_adversarial,
    "gan": check_gan,
    "variational": check_variational,
    "flow": check_flow,
    "vae": check_vae,
}


def test_a_module_that_can_not_be_trained_so_is_refused(command, own, tmp_path):
    (tmp_path / "bare.py").write_text(
        "import pytorch_lightning\n\nclass Bare(pytorch_lightning.LightningModule):\n"
        "    def __init__(self, *, network, **given):\n        super().__init__()\n        self.network = network\n"
    )
    (tmp_path / "conf" / "module" / "bare.yaml").write_text("_target_: bare.Bare\n")
    for options, message in {
        (
            "module=bare",
        ): "module: expected a LightningModule with network, terms, selects, measure, got Bare without ter",
        ("module=adversarial", "trainer.gradient_clip_val=1"): "trainer.gradient_clip_val: expected null, got 1: Adver",
        ("module=adversarial", "module.weight=0"): "loss deceived changes no parameter",
        ("model=flow", "loss=l1"): "Flow learns nothing to draw from pairs: add module=flow",
        ("model=variational", "loss=l1"): "add module=variational",
        ("module=flow",): "module=flow trains a network that draws in steps: add model=flow, got SuperResolution",
        ("module=variational",): "trains a network with a code: add model=variational, got SuperResolution",
        ("loss=divergence",): "loss=divergence is between two distributions of a code: add module=variational",
        ("loss=[l1,rate]",): "loss=rate needs a network that tells what its code costs: add model=compressive",
    }.items():
        done = command("train", *own, *options, "output_dir=run")
        assert done.code == 1 and message in done.err, done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "way",
    [
        OPTIONS["gan"],
        [*OPTIONS["vae"], "loss=[l1,divergence,adversarial]", "loss.adversarial.criterion.discriminator.width=4"],
        OPTIONS["flow"],
        ["scale=1", "model=compressive", "loss=[mse,rate]", "model.width=8"],
    ],
    ids=["a discriminator", "a posterior and a discriminator", "a flow", "a code"],
)
def test_two_processes_learn_to_draw_and_go_on_exactly(forked, own, tmp_path, way):
    """What learns beside the network, and what a loss compares beside images, under DDP on CPU; both are killed."""
    options = [*own, *way, "trainer=ddp", "~benchmark.small"]
    assert forked(*options, "output_dir=stopped", after=7, ranks=2) == 2 * [-signal.SIGKILL]
    for name in ("stopped", "whole"):
        assert forked(*options, f"output_dir={name}", ranks=2) == [0, 0]
    assert finished(tmp_path / "stopped") == finished(tmp_path / "whole")
