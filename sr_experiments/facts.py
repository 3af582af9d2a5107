"""What is measured of every network of conf/model, and kept in model/facts.json.

`scripts/upkeep/renew` measures anew; `scripts/upkeep/renew NAME` only one network.
"""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import torch
import yaml
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException
from torch import nn

from sr_experiments.channels import channels
from sr_experiments.config import build, compose_network, config_dir, network_config, networks, resolve
from sr_experiments.model.abilities import abilities
from sr_experiments.model.block.attention import EnhancedSpatialAttention
from sr_experiments.model.cost import multiply_adds, parameters
from sr_experiments.model.fusion import fuse
from sr_experiments.model.receptive_field import receptive_field
from sr_experiments.report.names import flat
from sr_experiments.report.networks import FACTS, Facts, read_facts
from sr_experiments.tables import write_text

SCALES = (2, 3, 4, 8)
HEAD_SCALES = (2, 2.5, 3, 4, 8)
PREFIX = "# published: "
IN_THE_PAPER = "# in the paper: "


def published(name: str) -> list[Facts]:
    """The counts that a network's paper states: the `# published:` lines of its file in conf/model, read as YAML.

    `scale`, `parameters`, and where they are known `multiply_adds` at 1280×720; `color` (rgb); `counting`, the rules of
    `count` that the paper counts by; `source` where another paper states them; `note`, where a figure doesn't hold.
    """
    text = (config_dir() / "model" / f"{name}.yaml").read_text(encoding="utf-8")
    rows = [yaml.safe_load(line.removeprefix(PREFIX)) for line in text.splitlines() if line.startswith(PREFIX)]
    return [{"color": "rgb", "counting": [], **row} for row in rows]


@lru_cache(maxsize=8)
def outline(name: str, scale: float, color: str = "rgb", *overrides: str) -> nn.Module:
    """A network without the memory of its weights: for counting."""
    with torch.device("meta"):
        return build(network_config(f"model={name}", f"scale={scale}", f"color={color}", *overrides), "model")


def count(name: str, scale: int, color: str, counting: Sequence[str]) -> int:
    """A network's parameters, by the rules of a paper.

    `fused`: after merging what is linear. `all_scales`: the stages of ×2, ×3 and ×4 together. The others leave out:
    `weights` biases and other vectors, `without_tables` the position biases of attention, `full_resolution` the
    convolutions on the small map of spatial attention, `transposed_as_3x3` what transposed convolutions have more.
    """
    network = outline(name, scale, color)
    network = fuse(network) if "fused" in counting else network
    counted = [network]
    if "all_scales" in counting:
        counted += [outline(name, other, color).get_submodule("head.stages") for other in {2, 3, 4} - {scale}]
    rules = [LEFT_OUT[rule] for rule in counting if rule not in ("fused", "all_scales")]
    return sum(parameters(module) - sum(rule(module) for rule in rules) for module in counted)


def _vectors(network: nn.Module) -> int:
    return sum(value.numel() for value in network.parameters() if value.dim() < 2)


def _tables(network: nn.Module) -> int:
    return sum(value.numel() for name, value in network.named_parameters() if name.endswith("position_bias"))


def _small_maps(network: nn.Module) -> int:
    attentions = [module for module in network.modules() if isinstance(module, EnhancedSpatialAttention)]
    return sum(parameters(module.shrink) + parameters(module.layers) for module in attentions)


def _beyond_3x3(network: nn.Module) -> int:
    wide = [module.weight for module in network.modules() if isinstance(module, nn.ConvTranspose2d)]
    return sum(weight.numel() - 9 * weight[..., 0, 0].numel() for weight in wide)


LEFT_OUT: dict[str, Callable[[nn.Module], int]] = {
    "weights": _vectors,
    "without_tables": _tables,
    "full_resolution": _small_maps,
    "transposed_as_3x3": _beyond_3x3,
}


def measure(name: str) -> Facts:
    """Everything that is kept of a network."""
    scales = list(_scales(name, SCALES))
    network = seeded_network(name)
    return {
        "scales": scales,
        "parameters": {str(scale): parameters(outline(name, scale)) for scale in scales},
        "parameters_in_use": {str(scale): parameters(fuse(outline(name, scale))) for scale in scales},
        "multiply_adds": {str(scale): multiply_adds(fuse(outline(name, scale)), 3, scale) for scale in scales},
        "published": [{**row, "counted": count_as_published(name, row)} for row in published(name)],
        "receptive_field": receptive_field(network, 3),
        "output": reference_output(network),
        "can": abilities(network),
        "settings": settings(name),
    }


def settings(name: str) -> Facts:
    """A network's own settings by dotted keys, as its paper has them: those that no scale and no color changes,
    and without `checkpointing`, which changes no result.

    `# in the paper:` in its file in conf/model names those in which ours begins otherwise.
    """
    places = [(f"scale={scale}", f"color={color}") for scale, color in ((2, "rgb"), (3, "y"))]
    first, other = (_flat_model(f"model={name}", *place) for place in places)
    text = (config_dir() / "model" / f"{name}.yaml").read_text(encoding="utf-8")
    lines = [line.removeprefix(IN_THE_PAPER) for line in text.splitlines() if line.startswith(IN_THE_PAPER)]
    own = {key: value for key, value in first.items() if other.get(key) == value and "checkpointing" not in key}
    return {**own, **{key: value for line in lines for key, value in yaml.safe_load(line).items()}}


def _flat_model(*overrides: str) -> Facts:
    return flat(network_config(*overrides)["model"])


def count_as_published(name: str, row: Facts) -> Facts:
    """What a network costs at the scale and color of a published row, its parameters counted as there."""
    scale, color = row["scale"], row["color"]
    return {
        "parameters": count(name, scale, color, row["counting"]),
        "multiply_adds": multiply_adds(fuse(outline(name, scale, color)), channels(color), scale),
    }


def seeded_network(name: str) -> nn.Module:
    """A network at ×2 as it begins from seed 0, ready for use."""
    torch.manual_seed(0)
    return build(network_config(f"model={name}"), "model").eval()


def _scales(name: str, scales: Sequence[float], *overrides: str) -> Iterator[float]:
    for scale in scales:
        try:
            outline(name, scale, "rgb", *overrides)
        except ValueError:
            continue
        yield scale


def parts(kind: str) -> list[str]:
    """The names of the encoders, decoders or heads in conf/model."""
    return sorted(path.stem for path in (config_dir() / "model" / kind).glob("*.yaml"))


def head_scales() -> dict[str, list[float]]:
    """The scales that each head makes; 2.5 stands for all that are not whole."""
    return {head: list(_scales("espcn", HEAD_SCALES, f"model/head={head}")) for head in parts("head")}


def pairs() -> dict[str, list[str]]:
    """The decoders that understand each encoder."""
    encoders, decoders = (
        {name: compose_network(f"model/{kind}={name}", "model.width=48", "model.skip=none") for name in parts(kind)}
        for kind in ("encoder", "decoder")
    )
    return {name: [other for other in decoders if _meet(encoders[name], decoders[other])] for name in encoders}


def _meet(encoder: DictConfig, decoder: DictConfig) -> bool:
    """Whether the encoder of one network makes what the decoder of another understands."""
    body = encoder.copy()
    body.model.decoder = decoder.model.decoder
    try:
        with torch.device("meta"):
            build(shallow(resolve(body)), "model")(torch.rand(1, 3, 16, 16))
    except (ValueError, TypeError, RuntimeError, AttributeError, OmegaConfBaseException):
        return False
    return True


def shallow(node: Any) -> Any:
    """A network's settings, no deeper than two of whatever it repeats: for what depth doesn't change."""
    if not isinstance(node, dict):
        return node
    repeated = {name: min(node[name], 2) for name in ("blocks", "groups", "layers", "mappings") if name in node}
    return {name: shallow(value) for name, value in node.items()} | repeated


def reference_output(network: nn.Module) -> list[float]:
    """Mean, standard deviation and first value of what a network makes of a fixed image of 24×16."""
    rows, columns, colors = torch.meshgrid(*(torch.arange(side) for side in (16, 24, 3)), indexing="ij")
    image = (torch.sin(0.7 * rows + 0.4 * columns * (1 + colors)) / 2 + 0.5).permute(2, 0, 1)[None]
    with torch.no_grad():
        output = network(image).double()
    return [float(f"{value:.6g}") for value in (output.mean(), output.std(), output.flatten()[0])]


def main() -> None:
    """Measure the networks that are named, or all, and write the file of facts."""
    known = networks()
    kept = {name: value for name, value in read_facts()["networks"].items() if name in known}
    for name in sys.argv[1:] or known:
        kept[name] = measure(name)
        print(name, json.dumps(kept[name]), flush=True)
    facts = {"heads": head_scales(), "pairs": pairs(), "networks": dict(sorted(kept.items()))}
    write_text(FACTS, json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
