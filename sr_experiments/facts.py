"""What is measured of every network of conf/model and kept in model/facts.json, beside what its paper says of it.

`python -m sr_experiments.facts` measures anew; `… NAME` only one network.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import nn

from sr_experiments.config import build, config_dir, network_config, networks
from sr_experiments.model.block.attention import EnhancedSpatialAttention
from sr_experiments.model.cost import multiply_adds, parameters
from sr_experiments.model.fusion import fused
from sr_experiments.model.receptive_field import receptive_field
from sr_experiments.record import write_text

FACTS = Path(__file__).parent / "model" / "facts.json"
SCALES = (2, 3, 4, 8)
PREFIX = "# published: "

Facts = dict[str, Any]


def read_facts() -> dict[str, Facts]:
    """The measured facts of each network."""
    return json.loads(FACTS.read_text(encoding="utf-8"))


def published(name: str) -> list[Facts]:
    """The counts that a network's paper states: the `# published:` lines of its file in conf/model, read as YAML.

    `scale`, `parameters`, and where they are known `multiply_adds` at 1280×720; `color` (rgb); `counting`, the rules of
    `count` that the paper counts by; `source` where another paper states it; `note`, where a figure does not hold.
    """
    text = (config_dir() / "model" / f"{name}.yaml").read_text(encoding="utf-8")
    rows = [yaml.safe_load(line.removeprefix(PREFIX)) for line in text.splitlines() if line.startswith(PREFIX)]
    return [{"color": "rgb", "counting": [], **row} for row in rows]


def figure(printed: str | int) -> float:
    """A number as papers print it: 1518K, 40.9G, 12464."""
    units = {"K": 1e3, "M": 1e6, "G": 1e9}
    text = str(printed)
    return float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text)


def outline(name: str, scale: float, color: str = "rgb") -> nn.Module:
    """A network without the memory of its weights: for counting."""
    with torch.device("meta"):
        return build(network_config(f"model={name}", f"scale={scale}", f"color={color}"), "model")


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
    """Everything that model/facts.json keeps of a network."""
    scales = list(_scales(name))
    network = seeded(name)
    return {
        "scales": scales,
        "parameters": {str(scale): parameters(outline(name, scale)) for scale in scales},
        "parameters_in_use": {str(scale): parameters(fused(outline(name, scale))) for scale in scales},
        "multiply_adds": {str(scale): multiply_adds(fused(outline(name, scale)), 3, scale) for scale in scales},
        "receptive_field": receptive_field(network, 3),
        "output": pinned(network),
    }


def seeded(name: str) -> nn.Module:
    """A network at ×2 as it begins from seed 0, ready for use."""
    torch.manual_seed(0)
    return build(network_config(f"model={name}"), "model").eval()


def _scales(name: str) -> Iterator[int]:
    for scale in SCALES:
        try:
            outline(name, scale)
        except ValueError:
            continue
        yield scale


def pinned(network: nn.Module) -> list[float]:
    """Mean, standard deviation and first value of what a network makes of a fixed image of 24×16."""
    rows, columns, colors = torch.meshgrid(*(torch.arange(side) for side in (16, 24, 3)), indexing="ij")
    image = (torch.sin(0.7 * rows + 0.4 * columns * (1 + colors)) / 2 + 0.5).permute(2, 0, 1)[None]
    with torch.no_grad():
        output = network(image).double()
    return [float(f"{value:.6g}") for value in (output.mean(), output.std(), output.flatten()[0])]


def main() -> None:
    """Measure the networks that are named, or all, and write model/facts.json."""
    known = networks()
    facts = {name: value for name, value in (read_facts() if FACTS.exists() else {}).items() if name in known}
    for name in sys.argv[1:] or known:
        facts[name] = measured(name)
        print(name, json.dumps(facts[name]), flush=True)
    write_text(FACTS, json.dumps(dict(sorted(facts.items())), indent=1) + "\n")


if __name__ == "__main__":
    main()
