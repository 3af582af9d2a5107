"""The chosen weights: taken from a checkpoint, kept and read as safetensors; and those of others, to begin from."""

import pickle
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from sr_experiments.model.official.rename import renamed
from sr_experiments.module.pickled import tensors_of_module

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
            f"{origin} holds another network: {len(wrong)} of {len(expected | given)} tensors differ, first {name}: "
            f"expected {expected.get(name, 'nothing')}, got {given.get(name, 'nothing')}"
        )


def save_weights(network: nn.Module, path: Path) -> None:
    """Write a network's weights, whole or not at all."""
    temporary = path.with_name(f".{path.name}")
    state = network.state_dict()
    # copies: the file holds a tensor that a network has twice under both of its names
    save_file({name: value.detach().cpu().contiguous().clone() for name, value in state.items()}, temporary)
    temporary.replace(path)


def load_weights(network: nn.Module, path: Path) -> None:
    """Read a network's weights; a ValueError where they are another network's."""
    weights = load_file(path)
    check_fit(network, weights, path)
    network.load_state_dict(weights)


def read_weights(path: Path, network: nn.Module, scale: float) -> dict[str, Tensor]:
    """The tensors of a .safetensors or PyTorch file, ours or as their authors released them, under our names.

    Takes them out of `params_ema`, `params` or `state_dict`, or of a network that was pickled whole, and the prefixes
    of DataParallel and Lightning away.
    """
    try:
        tensors = load_file(path) if path.suffix == ".safetensors" else _unwrapped(path)
    except pickle.UnpicklingError:
        raise ValueError(
            f"{path}: expected a state dict of tensors alone, or a network that was pickled whole: nothing else is "
            "unpickled. Save the network's state_dict() with the code that made the file"
        ) from None
    except (RuntimeError, SafetensorError, EOFError) as error:
        raise ValueError(f"{path}: expected a state dict in .safetensors or .pth ({error})") from None
    if bad := next((name for name, value in tensors.items() if not value.isfinite().all()), None):
        raise ValueError(
            f"{path}: {bad} holds values that are no finite numbers: its training diverged, or it is damaged"
        )
    for prefix in ("module.", PREFIX):
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return renamed(tensors, network.state_dict(), scale)


def take_weights(network: nn.Module, path: Path, scale: float) -> None:
    """Give a network all its weights from a file, ours or its authors'; a ValueError where they are another's."""
    weights = read_weights(path, network, scale)
    check_fit(network, weights, path)
    network.load_state_dict(weights)


def _unwrapped(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError):
        raise
    except Exception as error:  # what is no pickle of torch's fails in any way
        state = tensors_of_module(path)
        if not state:
            raise pickle.UnpicklingError from error
    for key in ("params_ema", "params", "state_dict"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict):
        raise ValueError(f"{path}: expected a state dict, found a {type(state).__name__}")
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


class Start(NamedTuple):
    """What a network began with: the names taken from a file, those of the network and of the file that were not."""

    taken: list[str]
    fresh: list[str]
    unused: list[str]

    def __str__(self) -> str:
        lines = [f"took {len(self.taken)} tensors"]
        lines += [f"begins afresh: {', '.join(self.fresh)}"] if self.fresh else []
        lines += [f"not used: {', '.join(self.unused)}"] if self.unused else []
        return "; ".join(lines)


def warm_start(network: nn.Module, path: Path, scale: float) -> Start:
    """Begin from other weights: all but the head must fit, and the head is taken whole or not at all."""
    weights, expected = read_weights(path, network, scale), network.state_dict()
    fits = {name for name, value in weights.items() if name in expected and value.shape == expected[name].shape}
    head = {name for name in expected if name.startswith("head.")}
    if not head <= fits:
        fits -= head
    body = set(expected) - head
    missing = sorted(body - fits)
    if missing or not fits:
        raise ValueError(
            f"{path} does not fit the network: {len(missing)} of {len(body)} tensors outside its head have no "
            f"counterpart there, such as {', '.join(missing[:3])}; the file has {', '.join(sorted(weights)[:3])}, …"
        )
    network.load_state_dict({name: weights[name] for name in fits}, strict=False)
    return Start(sorted(fits), sorted(set(expected) - fits), sorted(set(weights) - fits))
