"""A discriminator as a loss, against the papers' formulas and their two optimizers."""

import copy
import re
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import relu, softplus

from sr_experiments import record, tables
from sr_experiments.config import build
from sr_experiments.loss.adversarial import FORMS, Adversarial
from sr_experiments.model.discriminator.patch import PatchDiscriminator
from sr_experiments.model.discriminator.unet import UNetDiscriminator
from sr_experiments.model.discriminator.vgg import VggDiscriminator

pytestmark = pytest.mark.slow

DISCRIMINATORS = {
    "patch": (PatchDiscriminator, (1, 8, 6)),
    "unet": (UNetDiscriminator, (1, 32, 24)),
    "vgg": (VggDiscriminator, (1,)),
}
CHOICE = "model/discriminator@loss.adversarial.criterion.discriminator"


def adversarial(form="vanilla", discriminator=None, **settings):
    given = {"penalty": "none", "strength": 10.0, "every": 1, "optimizer": {"lr": 1e-3}} | settings
    return Adversarial(discriminator=discriminator or nn.Conv2d(3, 1, 3), form=form, **given)


def losses(form, real, fake):
    """The network's and the discriminator's, as the papers have them."""
    one, none = torch.ones_like, torch.zeros_like
    if form == "relativistic":
        apart, other = real - fake.mean(), fake - real.mean()
        return (
            (cross_entropy(other, one(other)) + cross_entropy(apart, none(apart))) / 2,
            (cross_entropy(apart, one(apart)) + cross_entropy(other, none(other))) / 2,
        )
    return {
        "vanilla": (softplus(-fake).mean(), (softplus(-real).mean() + softplus(fake).mean()) / 2),
        "hinge": (-fake.mean(), (relu(1 - real).mean() + relu(1 + fake).mean()) / 2),
        "least_squares": (((fake - 1) ** 2).mean(), (((real - 1) ** 2).mean() + (fake**2).mean()) / 2),
        "wasserstein": (-fake.mean(), fake.mean() - real.mean()),
    }[form]


@pytest.mark.parametrize("form", FORMS)
def test_both_losses_are_the_papers_and_each_reaches_its_own_network(form):
    loss, target = adversarial(form), torch.rand(2, 3, 9, 8)
    output = torch.rand(2, 3, 9, 8, requires_grad=True)
    deceived, own = loss(output, target), loss.own(output, target)
    expected = losses(form, loss.discriminator(target), loss.discriminator(output))
    torch.testing.assert_close((deceived, own), expected)
    for term, reaches_the_network in ((deceived, True), (own, False)):
        grads = torch.autograd.grad(term, [output, *loss.parameters()], retain_graph=True, allow_unused=True)
        reached = [grad is not None for grad in grads]
        assert reached == [reaches_the_network, not reaches_the_network, not reaches_the_network]


@pytest.mark.parametrize("form", ["relativistic", "vanilla"])
@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_one_optimizer_with_two_groups_is_the_two_of_the_papers(form, name):
    """ESRGAN's steps: the network's with the discriminator frozen, then the discriminator's on the same output."""
    torch.manual_seed(0)
    network = nn.Conv2d(3, 3, 3, padding=1).double()
    loss = adversarial(form, DISCRIMINATORS[name][0](channels=3, width=2).double())
    other, theirs = copy.deepcopy(network), copy.deepcopy(loss)
    low, target = torch.rand(2, 2, 3, 16, 16, dtype=torch.double).unbind()
    one = torch.optim.Adam([{"params": network.parameters()}, {"params": loss.parameters(), "lr": 1e-3}], lr=1e-2)
    two = [torch.optim.Adam(other.parameters(), lr=1e-2), torch.optim.Adam(theirs.parameters(), lr=1e-3)]
    for _ in range(10):
        output = network(low)
        one.zero_grad()
        ((output - target).abs().mean() + 0.1 * loss(output, target) + loss.own(output, target)).backward()
        one.step()
        output = other(low)
        for optimizer in two:
            optimizer.zero_grad()
        theirs.discriminator.requires_grad_(False)
        real, fake = theirs.discriminator(target), theirs.discriminator(output)
        ((output - target).abs().mean() + 0.1 * losses(form, real, fake)[0]).backward()
        theirs.discriminator.requires_grad_(True)
        real, fake = theirs.discriminator(target), theirs.discriminator(output.detach())
        losses(form, real, fake)[1].backward()
        for optimizer in two:
            optimizer.step()
    for ours, expected in ((network, other), (loss.discriminator, theirs.discriminator)):
        for value, wanted in zip(ours.parameters(), expected.parameters(), strict=True):
            torch.testing.assert_close(value, wanted, rtol=0, atol=1e-12)


class Sum(nn.Module):
    """Adds up an image, times 3: a slope of 3 at each value."""

    def __init__(self):
        super().__init__()
        self.times = nn.Parameter(torch.tensor(3.0))

    def forward(self, image):
        return self.times * image.sum((1, 2, 3))


def test_penalties_of_a_known_slope():
    images = torch.rand(2, 2, 3, 2, 2)
    r1 = adversarial(discriminator=Sum(), penalty="r1", every=2)
    penalties = []
    for _ in range(4):
        r1.own(*images)
        penalties.append(float(r1.facts["penalty"]))
    assert penalties == pytest.approx([10 / 2 * 2 * 12 * 9, 0, 10 / 2 * 2 * 12 * 9, 0])
    gradient = adversarial("wasserstein", Sum(), penalty="gradient")
    gradient.own(*images)
    assert float(gradient.facts["penalty"]) == pytest.approx(10 * (3 * 12**0.5 - 1) ** 2, rel=1e-4)


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_a_discriminator_is_chosen_by_its_name(compose, name):
    config = compose("loss=adversarial", f"{CHOICE}={name}")["loss"]["adversarial"]["criterion"]
    discriminator, (kind, shape) = build(config, "discriminator"), DISCRIMINATORS[name]
    assert isinstance(discriminator, kind) and discriminator(torch.rand(2, 3, 32, 24)).shape == (2, *shape)


def test_a_discriminator_that_wins_or_guesses_is_warned_of():
    loss = adversarial("hinge")
    assert loss.warning() is None
    for share, words in ((1.0, "it has won"), (0.5, "it guesses")):
        loss.right.fill_(share)
        assert words in (loss.warning() or "")


def test_a_discriminator_and_features_of_ones_own_are_two_files_each(command, tiny, tmp_path):
    """Those of docs/generative.md."""
    text = (Path(__file__).parents[2] / "docs" / "generative.md").read_text()
    for name, content in re.findall(r"```\w+ (\S+)\n(.*?)```", text, re.DOTALL):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    chosen = re.findall(r"model/\w+@\S+", text[text.index("--config-dir own") :])[:2]
    done = command("train", "--config-dir", "own", *tiny, "loss=[l1,perceptual,adversarial]", *chosen)
    assert done.code == 0, done.err
    losses = record.read(tmp_path / "run")["config"]["loss"]
    assert losses["adversarial"]["criterion"]["discriminator"]["_target_"] == "own_eyes.Small"
    assert losses["perceptual"]["criterion"]["network"]["_target_"] == "own_eyes.Slopes"
    values = {row["name"]: float(row["value"]) for row in tables.read_rows(tmp_path / "run" / "metrics.csv")}
    assert values["train/perceptual"] > 0 and values["train/adversarial_own"] > 0


def test_a_penalty_does_not_overflow_in_half_precision():
    """A slope of 90,000 is beyond float16's 65,504."""
    layers = nn.Conv2d(3, 1, 1), nn.Conv2d(1, 1, 1)
    for layer in layers:
        nn.init.constant_(layer.weight, 300.0)
    r1 = adversarial(discriminator=nn.Sequential(*layers), penalty="r1")
    with torch.autocast("cpu", torch.float16):
        r1.own(*torch.rand(2, 2, 3, 2, 2))
    assert float(r1.facts["penalty"]) == pytest.approx(10 / 2 * 12 * 90_000**2)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["loss.adversarial.criterion.form=kind"], "form is one of relativistic, vanilla"),
        (["loss.adversarial.criterion.penalty=r2"], "penalty is one of none, r1, gradient, not 'r2'"),
        ([f"{CHOICE}=unet"], "sides are multiples of 8, not 18×18"),
        (["loss.adversarial.criterion.discriminator.channels=4"], "the network refused a batch"),
        (["loss.adversarial.weight=0"], "loss adversarial changes no parameter"),
    ],
)
def test_what_cannot_learn_is_refused_before_the_first_step(command, tiny, overrides, message):
    done = command("train", *tiny, "loss=[l1,adversarial]", *overrides)
    assert done.code == 1 and message in done.err and "Traceback" not in done.err, done.err
