"""What every network of conf/model must hold to; the cases are the files there."""

import inspect

import pytest
import torch
from hydra.utils import get_object
from omegaconf.errors import MissingMandatoryValue
from torch import nn

from sr_experiments.color import CHANNELS
from sr_experiments.config import build, config_dir

MODEL = config_dir() / "model"
NAMES = sorted(path.stem for path in MODEL.glob("*.yaml") if "path: ???" not in path.read_text())
HEADS = sorted(path.stem for path in (MODEL / "head").glob("*.yaml"))
BODIES = [name for name in NAMES if "- head:" in (MODEL / f"{name}.yaml").read_text()]
WHOLE = [name for name in NAMES if name not in BODIES]
SCALES = (2, 3, 4, 8)


def network(compose, *overrides: str) -> nn.Module:
    torch.manual_seed(0)
    return build(compose(*overrides), "model")


def check(net: nn.Module, scale: int, channels: int = 3) -> None:
    """Forward, shape, backward, and a gradient for every parameter that is not zero everywhere."""
    low = torch.rand(2, channels, 7, 10)
    high = net(low)
    assert high.shape == (2, channels, 7 * scale, 10 * scale)
    assert torch.isfinite(high).all()
    parameters = dict(net.named_parameters())
    if parameters:
        (high * torch.rand_like(high)).sum().backward()
        missing = [name for name, value in parameters.items() if value.grad is None or not value.grad.any()]
        assert not missing, f"no gradient: {missing}"


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES)
def test_every_body_meets_every_head(compose, body, head):
    check(network(compose, f"model={body}", f"model/head={head}", "scale=2"), 2)


@pytest.mark.parametrize("color", CHANNELS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("head", HEADS)
def test_every_head_makes_every_scale(compose, head, scale, color):
    net = network(compose, "model=espcn", f"model/head={head}", f"scale={scale}", f"color={color}")
    check(net, scale, CHANNELS[color])


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("name", WHOLE)
def test_every_whole_network(compose, name, scale):
    check(network(compose, f"model={name}", f"scale={scale}"), scale)


@pytest.mark.parametrize("skip", ["none", "nearest", "bilinear", "bicubic"])
def test_every_skip(compose, skip):
    check(network(compose, "model=espcn", f"model.skip={skip}", "scale=2"), 2)


@pytest.mark.parametrize("name", NAMES)
def test_any_size_from_one_pixel(compose, name):
    net = network(compose, f"model={name}", "scale=2").eval()
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
