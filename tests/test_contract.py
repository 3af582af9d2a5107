"""What every network of conf/model must hold to; the cases are the files there."""

import inspect

import pytest
import torch
from hydra.utils import get_object
from omegaconf.errors import MissingMandatoryValue
from torch import nn

from sr_experiments.color import CHANNELS
from sr_experiments.config import build, config_dir, network_config, networks
from sr_experiments.report.networks import read_facts

MODEL = config_dir() / "model"
NAMES = networks()
HEADS = sorted(path.stem for path in (MODEL / "head").glob("*.yaml"))
BODIES = [name for name in NAMES if "- head:" in (MODEL / f"{name}.yaml").read_text()]
WHOLE = [name for name in NAMES if name not in BODIES]
SCALES = (2, 3, 4, 8)


def network(*overrides: str, seed: int = 0) -> nn.Module:
    """A network of conf/model, no deeper than two of whatever it repeats: what is tested here is how parts meet."""
    torch.manual_seed(seed)
    return build(shallow(network_config(*overrides)), "model")


def shallow(node):
    if not isinstance(node, dict):
        return node
    repeated = {name: min(node[name], 2) for name in ("blocks", "groups", "layers", "mappings") if name in node}
    return {name: shallow(value) for name, value in node.items()} | repeated


def check(*overrides: str, scale: int = 2, color: str = "rgb") -> None:
    """Forward, shape, backward, and a gradient for every parameter that is not zero everywhere.

    Under one seed or another: a narrow ReLU layer may be born dead.
    """
    missing = None
    for seed in range(4):
        net = network(*overrides, f"scale={scale}", f"color={color}", seed=seed)
        low = torch.rand(2, CHANNELS[color], 7, 10)
        high = net(low)
        assert high.shape == (2, CHANNELS[color], 7 * scale, 10 * scale)
        assert torch.isfinite(high).all()
        parameters = dict(net.named_parameters())
        if parameters:
            (high * torch.rand_like(high)).sum().backward()
        without = {name for name, value in parameters.items() if value.grad is None or not value.grad.any()}
        missing = without if missing is None else missing & without
        if not missing:
            return
    raise AssertionError(f"no gradient: {missing}")


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES)
def test_every_body_meets_every_head(body, head):
    check(f"model={body}", f"model/head={head}")


@pytest.mark.parametrize("color", CHANNELS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("head", HEADS)
def test_every_head_makes_every_scale(head, scale, color):
    check("model=espcn", f"model/head={head}", scale=scale, color=color)


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
OPTIONS = sorted(
    f"{path.parent.relative_to(config_dir()).as_posix()}={path.stem}"
    for path in config_dir().rglob("*/*.yaml")
    if path.parent not in PARTS and not path.is_relative_to(config_dir() / "hydra")
)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_yaml_composes_and_its_arguments_bind(compose, option):
    for node in composed_with_what_is_missing(compose, option).values():
        check_arguments(node)


@pytest.mark.parametrize("part", sorted(path.relative_to(MODEL) for folder in PARTS for path in folder.glob("*.yaml")))
def test_every_encoder_and_decoder_belongs_to_a_network(part):
    line = f"- {part.parent}: {part.stem}\n"
    assert any(line in path.read_text() for path in MODEL.glob("*.yaml"))


def composed_with_what_is_missing(compose, option):
    """Compose, a word in the place of each value that users must give."""
    overrides = [option]
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
