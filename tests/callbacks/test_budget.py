"""Runs of different networks end at the same cost."""

import signal
import subprocess
import sys

import pytest
import torch
from torch import nn

from sr_experiments import record, tables
from sr_experiments.callbacks.progress import Progress
from sr_experiments.config import build
from sr_experiments.experiment import Experiment

pytestmark = pytest.mark.slow

OWN_CALLBACK = """
from pathlib import Path

from pytorch_lightning import Callback

class Rates(Callback):
    def __init__(self) -> None:
        self.rates = []

    def on_train_batch_end(self, trainer, *_):
        self.rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_end(self, trainer, *_):
        Path(f"rank{trainer.global_rank}.txt").write_text(repr(self.rates))
"""


def rows(run, name):
    return [row for row in tables.read_rows(run / "metrics.csv") if row["name"] == name]


def seconds_and_rates(run):
    """When each step ended, and at which learning rate: the one that the schedule has for the step before."""
    found = rows(run, "lr")
    seconds, rates = ([float(row[key]) for row in found] for key in ("seconds", "value"))
    facts = record.read(run)
    assert len(found) == facts["steps"]
    limit, schedule = facts["config"]["budget"]["seconds"], build(facts["config"], "scheduler")
    for before, rate in zip([0.0, *seconds], rates, strict=False):
        assert rate == pytest.approx(1e-3 * schedule(before / limit), abs=1e-5)
    return seconds, rates


def test_seconds_end_a_run_with_its_schedule_and_a_validation(command, little, tmp_path):
    done = command("train", *little, "budget.seconds=0.8", "scheduler.warmup=0.2", "output_dir=run")
    assert done.code == 0, done.err
    facts = record.read(tmp_path / "run")
    seconds, _ = seconds_and_rates(tmp_path / "run")
    assert [0.0, *seconds][-2] < 0.8 <= seconds[-1] <= facts["timings"]["train_seconds"] < seconds[-1] + 0.2
    assert [row["step"] for row in rows(tmp_path / "run", "val/psnr")] == [str(facts["steps"])]
    assert f"step {facts['steps']}/~{facts['steps']}" in done.out


def test_seconds_are_summed_over_interruptions(command, little, tmp_path, monkeypatch):
    """The schedule goes on where it was, and the budget ends all parts together."""

    def stop(self, trainer, *_):
        if trainer.global_step == 2:
            signal.raise_signal(signal.SIGTERM)

    run, arguments = tmp_path / "run", [*little, "budget.seconds=2", "scheduler.warmup=0.2", "output_dir=run"]
    with monkeypatch.context() as patch:
        patch.setattr(Progress, "on_train_batch_end", stop)
        assert command("train", *arguments).code == 1
    checkpoint = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    (spent,) = (state["train"] for name, state in checkpoint["callbacks"].items() if name.startswith("Stopwatch"))
    assert command("train", *arguments).code == 0
    seconds, _ = seconds_and_rates(run)
    assert checkpoint["global_step"] == 2 and spent == pytest.approx(seconds[1], abs=1e-3)
    assert seconds == sorted(seconds) and seconds[-2] < 2 <= seconds[-1]
    longer = command("train", "resume=run", "budget.seconds=3", "output_dir=longer")
    assert longer.code == 0, longer.err
    first = rows(tmp_path / "longer", "lr")[0]
    assert int(first["step"]) == len(seconds) + 1 and float(first["seconds"]) > 2


@pytest.mark.parametrize("model", ["espcn", "fsrcnn"])
def test_multiply_adds_end_runs_of_any_body_alike(command, compose, little, tmp_path, model):
    options = [*little, f"model={model}", "trainer.accumulate_grad_batches=2", "trainer.val_check_interval=7"]
    step = 2 * 4 * convolutions(build(compose(*options), "model"))
    done = command("train", *options, f"budget.macs={20.5 * 2 * 4 * 1_000_000}", "output_dir=run")
    assert done.code == 0, done.err
    facts = record.read(tmp_path / "run")
    assert facts["macs"] == facts["steps"] * step
    assert 0 <= facts["macs"] - 164e6 < step
    assert rows(tmp_path / "run", "val/psnr")[-1]["step"] == str(facts["steps"])


def convolutions(network):
    """Multiply-adds of a patch of 6x6, counted by hand: of a convolution at each place that it is put to."""
    counted = []

    def count(layer, inputs, output):
        places = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
        counted.append(layer.weight.numel() * places[0, 0].numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.register_forward_hook(count)
    network(torch.rand(1, 3, 6, 6))
    return sum(counted)


def test_a_step_at_several_scales_costs_their_mean(compose, little, tmp_path):
    configs = [compose(*little, "model/head=liif", f"+data.scales={scales}") for scales in ([2], [3], [2, 3])]
    small, large, both = (Experiment(config, tmp_path).step_macs for config in configs)
    assert small < large and both == (small + large) / 2


JUDGE = """
from torch import nn

class Judge(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(3), nn.Linear(3, 1))

    def forward(self, prediction):
        return self.layers(prediction.output).mean()
"""


def test_a_step_costs_what_criteria_compute_too(compose, little, tmp_path, monkeypatch):
    """Batch normalisation behind a pooling, which refuses a single patch in training, among them."""
    (tmp_path / "judge.py").write_text(JUDGE)
    monkeypatch.syspath_prepend(tmp_path)
    config = compose(*little)
    plain = Experiment(config, tmp_path).step_macs
    config["loss"]["judge"] = {"weight": 1.0, "criterion": {"_target_": "judge.Judge"}}
    assert Experiment(config, tmp_path).step_macs == plain + 4 * 3


def test_a_baseline_takes_no_budget(command, tiny):
    options = [option for option in tiny if not option.startswith("model.")]
    assert command("train", *options, "model=bicubic", "budget.macs=1e6").code == 0


def test_two_devices_stop_together_with_the_same_learning_rates(little, tmp_path):
    (tmp_path / "mine.py").write_text(OWN_CALLBACK)
    options = [*little, "trainer=ddp", "budget.seconds=1", "+callbacks.rates._target_=mine.Rates", "output_dir=run"]
    command = [sys.executable, "-m", "sr_experiments.train", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    first, second = ((tmp_path / f"rank{rank}.txt").read_text() for rank in (0, 1))
    assert first == second
    *before, last = (float(row["seconds"]) for row in rows(tmp_path / "run", "lr"))
    assert all(seconds < 1 for seconds in before) and last >= 1
