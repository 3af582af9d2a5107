"""The chosen weights: taken from a checkpoint, kept and read as safetensors."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

PREFIX = "network."


def network_weights(checkpoint: Path) -> dict[str, Tensor]:
    """The network's part of a Lightning checkpoint: the averaged weights where EMA is on."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    return {name.removeprefix(PREFIX): value for name, value in state.items() if name.startswith(PREFIX)}


def check_fit(network: nn.Module, weights: dict[str, Tensor], origin: Path) -> None:
    """A ValueError unless `weights` are those of exactly this network."""
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in weights.items()}
    wrong = [name for name in sorted(expected | given) if expected.get(name) != given.get(name)]
    if wrong:
        name = wrong[0]
        raise ValueError(
            f"{origin} holds another network: {len(wrong)} of {len(expected)} tensors differ, first {name}: "
            f"expected {expected.get(name, 'nothing')}, got {given.get(name, 'nothing')}"
        )


def save_weights(network: nn.Module, path: Path) -> None:
    """Write a network's weights, whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    save_file({name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}, temporary)
    temporary.replace(path)


def load_weights(network: nn.Module, path: Path) -> None:
    """Read a network's weights; a ValueError where they are another network's."""
    weights = load_file(path)
    check_fit(network, weights, path)
    network.load_state_dict(weights)
