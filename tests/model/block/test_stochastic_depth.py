"""Stochastic depth: what is left out, how often, and that a stopped run leaves out the same."""

import pytest
import torch
from safetensors.torch import load_file

from sr_experiments.config import build, network_config
from sr_experiments.model.block.stochastic_depth import StochasticDepth, rates


def test_samples_are_left_out_whole_and_the_mean_stays():
    torch.manual_seed(0)
    dropped = StochasticDepth(rate=0.25)(torch.ones(10_000, 2, 3))
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert torch.equal(dropped.amin((1, 2)), dropped.amax((1, 2)))
    assert float(dropped.mean()) == pytest.approx(1, abs=0.02)


def test_in_use_nothing_is_left_out():
    change = torch.rand(3, 4)
    assert StochasticDepth(rate=0.9).eval()(change) is change


@pytest.mark.parametrize("rate", [-0.1, 1.0])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ValueError, match="a probability below 1"):
        StochasticDepth(rate=rate)


def test_rates_rise_evenly_from_zero():
    assert rates(0.1, 5) == pytest.approx([0, 0.025, 0.05, 0.075, 0.1])
    assert rates(0.1, 1) == [0]


@pytest.mark.parametrize(("name", "blocks"), [("swinir_light", 24), ("hat_s", 36)])
def test_the_last_of_all_blocks_is_left_out_most(name, blocks):
    with torch.device("meta"):
        network = build(network_config(f"model={name}"), "model")
    found = [module.rate for module in network.modules() if isinstance(module, StochasticDepth)]
    assert found == pytest.approx(rates(0.1, blocks))


@pytest.mark.slow
def test_a_run_that_went_on_left_out_the_same(command, little, tmp_path, monkeypatch):
    from sr_experiments.callbacks.curves import Curves

    small = ["width=12", "decoder.groups=1", "decoder.blocks=2", "decoder.heads=2", "decoder.stochastic_depth=0.5"]
    steps = ["trainer.max_steps=6", "trainer.val_check_interval=2"]
    run = [*little, "model=swinir_light", *(f"model.{setting}" for setting in small), *steps]

    def fail(self, trainer, pl_module):
        if trainer.global_step == 4:
            raise KeyError("a fault in validation")

    with monkeypatch.context() as patch:
        patch.setattr(Curves, "on_validation_end", fail)
        assert command("train", *run, "output_dir=stopped").code == 1
    assert torch.load(tmp_path / "stopped/checkpoints/last.ckpt", weights_only=True)["global_step"] == 2
    for folder in ("stopped", "whole"):
        done = command("train", *run, f"output_dir={folder}")
        assert done.code == 0, done.err
    stopped, whole = (load_file(tmp_path / folder / "weights.safetensors") for folder in ("stopped", "whole"))
    assert all(torch.equal(stopped[name], value) for name, value in whole.items())
