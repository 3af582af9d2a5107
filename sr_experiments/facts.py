"""What is measured of every network of conf/model, and kept in model/facts.json.

`scripts/renew` measures anew; `scripts/renew NAME` only one network.
"""

import json
import sys
from collections.abc import Iterator, Sequence

import torch
from omegaconf.errors import OmegaConfBaseException
from torch import nn

from sr_experiments.color import channels
from sr_experiments.config import build, config_dir, network_config, networks
from sr_experiments.model.block.attention import EnhancedSpatialAttention
from sr_experiments.model.cost import multiply_adds, parameters
from sr_experiments.model.fusion import fused
from sr_experiments.model.receptive_field import receptive_field
from sr_experiments.record import write_text
from sr_experiments.report.networks import FACTS, Facts, published, read_facts

SCALES = (2, 3, 4, 8)


def outline(name: str, scale: float, color: str = "rgb", *overrides: str) -> nn.Module:
    """A network without the memory of its weights: for counting."""
    with torch.device("meta"):
        return build(network_config(f"model={name}", f"scale={scale}", f"color={color}", *overrides), "model")


def count(name: str, scale: int, color: str, counting: Sequence[str]) -> int:
    """A network's parameters, by the rules of a paper.

    `fused`: after merging what is linear. `weights`: without biases and other vectors. `without_tables`: without the
    position biases of attention. `full_resolution`: without the convolutions on the small map of spatial attention.
    `transposed_as_3x3`: a transposed convolution as one of 3×3. `all_scales`: the stages of ×2, ×3 and ×4 together.
    """
    network = outline(name, scale, color)
    network = fused(network) if "fused" in counting else network
    left_out = set()
    for path, module in network.named_modules():
        if "full_resolution" in counting and isinstance(module, EnhancedSpatialAttention):
            left_out |= {f"{path}.shrink.", f"{path}.layers."}
    kept = {
        path: value
        for path, value in network.named_parameters()
        if not path.startswith(tuple(left_out))
        and not ("weights" in counting and value.dim() < 2)
        and not ("without_tables" in counting and path.endswith("position_bias"))
    }
    total = sum(value.numel() for value in kept.values())
    if "transposed_as_3x3" in counting:
        total -= sum(
            module.weight.numel() - module.weight.numel() // module.weight[0, 0].numel() * 9
            for module in network.modules()
            if isinstance(module, nn.ConvTranspose2d) and module.groups == 1
        )
    if "all_scales" in counting:
        rules = [rule for rule in counting if rule != "all_scales"]
        total += sum(_stages(outline(name, other, color), rules) for other in {2, 3, 4} - {scale})
    return total


def _stages(network: nn.Module, counting: Sequence[str]) -> int:
    values = network.get_submodule("head.stages").parameters()
    return sum(value.numel() for value in values if not ("weights" in counting and value.dim() < 2))


def measured(name: str) -> Facts:
    """Everything that is kept of a network."""
    scales = list(_scales(name))
    network = seeded(name)
    return {
        "scales": scales,
        "parameters": {str(scale): parameters(outline(name, scale)) for scale in scales},
        "parameters_in_use": {str(scale): parameters(fused(outline(name, scale))) for scale in scales},
        "multiply_adds": {str(scale): multiply_adds(fused(outline(name, scale)), 3, scale) for scale in scales},
        "counted": {str(row["scale"]): counted(name, row) for row in published(name)},
        "receptive_field": receptive_field(network, 3),
        "output": pinned(network),
    }


def counted(name: str, row: Facts) -> Facts:
    """What a network costs at the scale and color of a published row, its parameters counted as there."""
    scale, color = row["scale"], row["color"]
    return {
        "parameters": count(name, scale, color, row["counting"]),
        "multiply_adds": multiply_adds(fused(outline(name, scale, color)), channels(color), scale),
    }


def seeded(name: str) -> nn.Module:
    """A network at ×2 as it begins from seed 0, ready for use."""
    torch.manual_seed(0)
    return build(network_config(f"model={name}"), "model").eval()


def _scales(name: str, *overrides: str) -> Iterator[int]:
    for scale in SCALES:
        try:
            outline(name, scale, "rgb", *overrides)
        except ValueError:
            continue
        yield scale


def parts(kind: str) -> list[str]:
    """The names of the encoders, decoders or heads in conf/model."""
    return sorted(path.stem for path in (config_dir() / "model" / kind).glob("*.yaml"))


def head_scales() -> dict[str, list[int]]:
    """The scales that each head makes."""
    return {head: list(_scales("espcn", f"model/head={head}")) for head in parts("head")}


def pairs() -> dict[str, list[str]]:
    """The decoders that understand each encoder."""
    return {name: [other for other in parts("decoder") if _meet(name, other)] for name in parts("encoder")}


def _meet(encoder: str, decoder: str) -> bool:
    try:
        body = (f"model/encoder={encoder}", f"model/decoder={decoder}", "model.width=48", "model.skip=none")
        outline("espcn", 2, "rgb", *body)(torch.rand(1, 3, 16, 16, device="meta"))
    except (ValueError, TypeError, RuntimeError, AttributeError, OmegaConfBaseException):
        return False
    return True


def pinned(network: nn.Module) -> list[float]:
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
        kept[name] = measured(name)
        print(name, json.dumps(kept[name]), flush=True)
    facts = {"heads": head_scales(), "pairs": pairs(), "networks": dict(sorted(kept.items()))}
    write_text(FACTS, json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
