"""Ways of learning that a user adds in a folder of their own: an adversary, and a code that is drawn."""

import json
import signal
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sr_experiments.callbacks.progress import Progress
from sr_experiments.config import build
from sr_experiments.model.cost import multiply_adds
from sr_experiments.record import read_rows, selected

ADVERSARIAL = '''
"""A discriminator that learns beside the network, by an optimizer of its own."""

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim import Adam
from torch.optim.lr_scheduler import LambdaLR

from sr_experiments.module.supervised import Supervised


def verdict(logits, truth):
    return binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


class Adversarial(Supervised):
    """`weight`: of what the network gains by deceiving the discriminator; `rate`: the latter's learning rate."""

    def __init__(self, *, weight: float, rate: float, **given) -> None:
        super().__init__(**given)
        self.automatic_optimization = False
        self.weight, self.rate = weight, rate
        self.discriminator = nn.Sequential(nn.Conv2d(3, 4, 3), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 3))

    def terms(self, batch):
        prediction = self.predict(batch)
        self.discriminator.requires_grad_(False)
        deceived = self.discriminator(prediction.output)
        self.discriminator.requires_grad_(True)
        real, fake = self.discriminator(prediction.target), self.discriminator(prediction.output.detach())
        return {
            **self.weighted(prediction),
            "deceived": self.weight * (0.5 + self.spent()) * verdict(deceived, 1.0),
            "discriminator": verdict(real, 1.0) + verdict(fake, 0.0),
        }

    def training_step(self, batch, index):
        loss, accumulate = self.total(self.terms(batch)), self.trainer.accumulate_grad_batches
        self.manual_backward(loss / accumulate)
        for optimizer in self.optimizers() if (index + 1) % accumulate == 0 else []:
            optimizer.step()
            optimizer.zero_grad()
        return loss

    def validation_step(self, pair):
        super().validation_step(pair)
        difference = self(pair.low[None]) - pair.high[None] / 255
        self.log("val/difference", difference.abs().mean(), on_epoch=True, batch_size=1)

    def configure_optimizers(self):
        optimizers = [self.make_optimizer(self.network.parameters()), Adam(self.discriminator.parameters(), self.rate)]
        return optimizers, [LambdaLR(each, lambda _: self.schedule(self.spent())) for each in optimizers]
'''
VARIATIONAL = '''
"""A variational autoencoder: an ordinary network, and a criterion that looks at what it returns beside its image."""

import torch
from torch import nn


class Variational(nn.Module):
    """`(B, C, H, W)` to the image `(B, C, s·H, s·W)` of a drawn code, beside the code's mean and log variance."""

    def __init__(self, *, channels: int, scale: int, width: int) -> None:
        super().__init__()
        self.encoder = nn.Conv2d(channels, 2 * width, 3, padding=1)
        self.head = nn.Sequential(nn.Conv2d(width, channels * scale**2, 3, padding=1), nn.PixelShuffle(scale))

    def forward(self, low):
        mean, log_variance = self.encoder(low).chunk(2, 1)
        code = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return self.head(code), (mean, log_variance)


class Divergence(nn.Module):
    """Of the code's distribution from the normal one, in nats per value."""

    def forward(self, prediction):
        mean, log_variance = prediction.extra
        return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
'''
CONF = {
    "module/adversarial": "_target_: adversarial.Adversarial\ncolor: ${color}\nscale: ${scale}\nweight: 0.1\n"
    "rate: 1e-3\nselects: [val/difference, min]\n",
    "model/variational": "_target_: variational.Variational\nchannels: ${channels:${color}}\nscale: ${scale}\n"
    "width: 4\n",
    "loss/divergence": "# @package loss.divergence\nweight: 0.01\ncriterion: {_target_: variational.Divergence}\n",
}
OPTIONS = {
    "adversarial": ["module=adversarial", "loss=l1", "callbacks=[default,ema,early_stopping]", "budget.macs=58e6"],
    "variational": ["model=variational", "loss=[l1,divergence]", "callbacks=[default,early_stopping]"],
}


@pytest.fixture
def own(tiny, tmp_path) -> list[str]:
    """Overrides for a run of six optimizer steps of two batches, with a user's own folder of choices."""
    for name, text in {"adversarial": ADVERSARIAL, "variational": VARIATIONAL}.items():
        (tmp_path / f"{name}.py").write_text(text)
    for name, text in CONF.items():
        path = tmp_path / "conf" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
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
def test_a_way_of_learning_of_ones_own_trains_goes_on_exactly_and_is_measured(command, own, tmp_path, monkeypatch, way):
    """The bugs: KeyError 'loss' and two steps a batch with two optimizers, a loss that sees no code."""
    batches = []

    def stop(self, trainer, *_):
        batches.append(trainer.fit_loop.total_batch_idx)
        if len(batches) == 5:
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patch:
        patch.setattr(Progress, "on_train_batch_end", stop)
        assert command("train", *own, *OPTIONS[way], "output_dir=runs/stopped").code == 1
        assert command("train", *own, *OPTIONS[way], "output_dir=runs/stopped").code == 0
    assert batches == list(range(12))
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
    assert selected(facts)[0] == "difference" and selected(facts)[1] <= last["val/difference"]
    state = torch.load(run / "checkpoints" / "last.ckpt", weights_only=True)
    same = {name: torch.equal(value, state["current_model_state"][name]) for name, value in state["state_dict"].items()}
    assert all(same[name] != name.startswith("network.") for name in same)
    assert not any("discriminator" in name for name in load_file(run / "weights.safetensors"))


def check_variational(run, last):
    assert last["train/loss"] == pytest.approx(last["train/l1"] + last["train/divergence"])


CHECKS = {"adversarial": check_adversarial, "variational": check_variational}
