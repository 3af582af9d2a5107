"""What every network of conf/model must hold to; the cases are the files there."""

import inspect
from itertools import zip_longest
from typing import Any

import pytest
import torch
from hydra.utils import get_object
from omegaconf.errors import MissingMandatoryValue
from torch import nn

from sr_experiments.channels import CHANNELS
from sr_experiments.config import build, config_dir, network_config, networks
from sr_experiments.facts import shallow
from sr_experiments.inference.network import Network
from sr_experiments.inference.tiles import Tiles
from sr_experiments.report.networks import read_facts

MODEL = config_dir() / "model"
NAMES = networks()
HEADS = sorted(path.stem for path in (MODEL / "head").glob("*.yaml"))
BODIES = [name for name in NAMES if "- head:" in (MODEL / f"{name}.yaml").read_text()]
WHOLE = [name for name in NAMES if name not in BODIES]
SCALES = (2, 3, 4, 8)
LESS = {"width": 24, "encoder.window": 4}  # that any network takes which has it


def network(*overrides: str, seed: int = 0) -> nn.Module:
    """A network of conf/model, but shallow: what is tested here is how parts meet."""
    torch.manual_seed(seed)
    return build(shallow(network_config(*overrides)), "model")


def check(*overrides: str, scale: int = 2, color: str = "rgb") -> None:
    """Forward, shape, backward, and a gradient for every parameter that is not zero everywhere.

    Under one seed or another: a narrow ReLU layer may be born dead.
    """
    missing = None
    for seed in range(4):
        net = network(*overrides, f"scale={scale}", f"color={color}", seed=seed)
        low = torch.rand(2, CHANNELS[color], 7, 10)
        noise_channels: Any = getattr(net, "noise_channels", None)
        made = net(low, torch.randn(2, noise_channels, 7, 10)) if noise_channels else net(low)
        high, beside = made if isinstance(made, tuple) else (made, torch.zeros(()))
        assert high.shape == (2, CHANNELS[color], 7 * scale, 10 * scale)
        assert torch.isfinite(high).all()
        parameters = dict(net.named_parameters())
        if parameters:
            ((high * torch.rand_like(high)).sum() + beside.sum()).backward()
        without = {name for name, value in parameters.items() if value.grad is None or not value.grad.any()}
        missing = without if missing is None else missing & without
        if not missing:
            return
    raise AssertionError(f"no gradient: {missing}")


@pytest.mark.parametrize("body", BODIES)
def test_every_body_meets_heads(body):
    """Two of them in turn; that features have the width and the size that any head takes, a network checks itself."""
    first = 2 * BODIES.index(body)
    for head in (HEADS[first % len(HEADS)], HEADS[(first + 1) % len(HEADS)]):
        check(f"model={body}", f"model/head={head}")


@pytest.mark.parametrize("head", HEADS)
def test_every_head_takes_the_features_of_every_body(head):
    node = network_config("model=espcn", f"model/head={head}")["model"]["head"]
    for width in {read_facts()["networks"][body]["settings"]["width"] for body in BODIES}:
        made = build({"head": {**node, "width": width}}, "head")(torch.rand(1, width, 7, 10))
        assert made.shape == (1, 3, 14, 20), width


@pytest.mark.parametrize("head", HEADS)
def test_every_head_makes_the_scales_that_are_kept(head):
    """In RGB and Y in turn; what is not whole is refused by those that don't make it."""
    kept = read_facts()["heads"][head]
    assert set(SCALES) <= set(kept)
    for scale, color in zip(SCALES, ("rgb", "y") * 2, strict=True):
        check("model=espcn", f"model/head={head}", scale=scale, color=color)
    if 2.5 not in kept:
        with pytest.raises(ValueError, match=r"2\.5"):
            network("model=espcn", f"model/head={head}", "scale=2.5")


@pytest.mark.parametrize("color", CHANNELS)
@pytest.mark.parametrize("name", WHOLE)
def test_every_whole_network(name, color):
    for scale in read_facts()["networks"][name]["scales"]:
        check(f"model={name}", scale=scale, color=color)


@pytest.mark.parametrize("body", BODIES)
def test_every_body_sees_y(body):
    check(f"model={body}", color="y")


@pytest.mark.parametrize("skip", ["none", "nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("normalization", ["none", "mean_shift"])
def test_every_skip_and_normalization(skip, normalization):
    check("model=espcn", f"model.skip={skip}", f"model.normalization={normalization}")


@pytest.mark.parametrize("name", NAMES)
def test_any_size_from_one_pixel(name):
    net = network(f"model={name}", "scale=2").eval()
    for height, width in ((1, 1), (5, 3), (1, 9)):
        with torch.no_grad():
            assert net(torch.rand(1, 3, height, width)).shape == (1, 3, 2 * height, 2 * width)


PARTS = (MODEL / "encoder", MODEL / "decoder")
BUILT = {*MODEL.glob("head/*.yaml"), *(MODEL / f"{name}.yaml" for name in NAMES)}
ALONE = ("experiment", "sweep")  # they choose of other groups
PLACES = {  # of groups that are part of a loss
    "model/discriminator": ("loss=adversarial", "model/discriminator@loss.adversarial.criterion.discriminator"),
    "model/features": ("loss=perceptual", "model/features@loss.perceptual.criterion.network"),
}
GROUPS: dict[str, list[str]] = {}
for path in sorted(config_dir().rglob("*/*.yaml")):
    group = path.parent.relative_to(config_dir()).as_posix()
    if path.parent not in PARTS and path not in BUILT and not group.startswith("hydra"):
        GROUPS.setdefault(group, []).append(f"{group}={path.stem}")
OF_LOSSES = [
    [loss, option.replace(group, place)] for group, (loss, place) in PLACES.items() for option in GROUPS.pop(group)
]
TOGETHER = zip_longest(*(options for group, options in GROUPS.items() if group not in ALONE))
OPTIONS = [
    *([option] for group in ALONE for option in GROUPS[group]),
    *OF_LOSSES,
    *([option for option in row if option] for row in TOGETHER),
]


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_every_other_yaml_composes_and_its_arguments_bind(compose, options):
    for node in composed_with_what_is_missing(compose, options).values():
        check_arguments(node)


@pytest.mark.parametrize("part", sorted(path.relative_to(MODEL) for folder in PARTS for path in folder.glob("*.yaml")))
def test_every_encoder_and_decoder_belongs_to_a_network(part):
    line = f"- {part.parent}: {part.stem}\n"
    assert any(line in path.read_text() for path in MODEL.glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_tiles_change_nothing_or_are_blended(name):
    """Whatever the weights: what is known before training holds of weights that let all of a field be seen.

    At sizes that no stride or window divides, margins that end inside the image.
    """
    facts = read_facts()["networks"][name]
    less = [f"model.{key}={value}" for key, value in LESS.items() if key in facts["settings"]]
    net = Network(network(f"model={name}", "scale=2", *less), scale=2, color="rgb")
    field, blended = net.receptive_field, Tiles(net, tile=16, scale=2, receptive_field=net.tile_field).blended
    assert (field is None) == (facts["receptive_field"] is None)
    if field is None:
        assert blended
        return
    for weight in (each for each in net.module.parameters() if each.dim() > 1):  # type: ignore[union-attr]
        nn.init.kaiming_normal_(weight)
    tiles = Tiles(net, tile=16, scale=2, receptive_field=field, step=net.tile_step, threads=2)
    wide = torch.rand(1, 3, 21, 21 + tiles.margin)
    with torch.no_grad():
        apart = [float((tiles(low) - net(low)).abs().max() / net(low).abs().max()) for low in (wide, wide.mT)]
    assert min(apart) > 1e-3 if blended else max(apart) < 1e-5


def composed_with_what_is_missing(compose, options):
    """Compose, a word in the place of each value that users must give."""
    overrides = [*options]
    while True:
        try:
            return compose(*overrides)
        except MissingMandatoryValue as error:
            overrides.append(f"{error.full_key}=given")


def check_arguments(node):
    """Bind the arguments of every `_target_` below a node."""
    if isinstance(node, dict):
        if "_target_" in node:
            given = {key: value for key, value in node.items() if not key.startswith("_")}
            parameters = inspect.signature(get_object(node["_target_"])).parameters.values()
            takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
            unknown = set() if takes_any else set(given) - {parameter.name for parameter in parameters}
            assert not unknown, f"{node['_target_']} takes no {unknown}"
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            check_arguments(part)
