"""The chosen weights: taken from a checkpoint, kept and read as safetensors; and those of others, to begin from."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from sr_experiments.data.decoded.cache import atomic
from sr_experiments.module import pickled
from sr_experiments.module.state_dicts import Reading, best_reading

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
    state = network.state_dict()
    with atomic(path) as temporary:
        # copies: the file holds a tensor that a network has twice under both of its names
        save_file({name: value.detach().cpu().contiguous().clone() for name, value in state.items()}, temporary)


def load_weights(network: nn.Module, path: Path) -> None:
    """Read a network's weights; a ValueError where they are another network's."""
    weights = load_file(path)
    check_fit(network, weights, path)
    network.load_state_dict(weights)


def read_weights(path: Path, network: nn.Module, scale: float) -> Reading:
    """The tensors of a .safetensors or PyTorch file, ours or as their authors released them, under our names.

    Of several dictionaries, those of a network that was pickled whole included, the one that fits `network` best is
    taken; what DataParallel, torch.compile, Lightning and others put before all names is left out, and said in `note`.
    """
    try:
        content = load_file(path) if path.suffix == ".safetensors" else _content(path)
        reading = best_reading(content if isinstance(content, dict) else {}, network.state_dict(), scale)
        bad = next((name for name, value in reading.tensors.items() if not value.isfinite().all()), None)
    except (RuntimeError, SafetensorError, EOFError) as error:
        raise ValueError(f"{path}: expected a state dict in .safetensors or .pth ({error})") from None
    if not reading.tensors:
        raise ValueError(
            f"{path}: expected a state dict of tensors alone, or a network that was pickled whole: nothing else is "
            "unpickled. Save the network's state_dict() with the code that made the file"
        )
    if bad:
        raise ValueError(
            f"{path}: {bad} holds values that are no finite numbers: its training diverged, or it is damaged"
        )
    return reading


def take_weights(network: nn.Module, path: Path, scale: float) -> str:
    """Give a network all its weights from a file, ours or its authors', and say what was stripped.

    A ValueError where they are another's.
    """
    reading = read_weights(path, network, scale)
    check_fit(network, reading.tensors, path)
    network.load_state_dict(reading.tensors)
    return reading.note


def _content(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError):
        raise
    except Exception:  # what is no pickle of torch's, or holds more than tensors, fails in any way
        return pickled.content(path)


class Start(NamedTuple):
    """What a network began with: names taken from a file, its own and the file's that were not, what was stripped."""

    taken: list[str]
    fresh: list[str]
    unused: list[str]
    note: str = ""

    def __str__(self) -> str:
        lines = [f"took {len(self.taken)} tensors{self.note and f' ({self.note})'}"]
        lines += [f"begins afresh: {_some(self.fresh)}"] if self.fresh else []
        lines += [f"not used: {_some(self.unused)}"] if self.unused else []
        return "; ".join(lines)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + f" and {len(names) - 8} more" * (len(names) > 8)


def warm_start(network: nn.Module, path: Path, scale: float, parts: Sequence[str] = ()) -> Start:
    """Begin from other weights: all but the head must fit, and the head is taken whole or not at all.

    With `parts`, such as `encoder` or `decoder.layers.0`, these must fit, and nothing else is taken.
    """
    reading, expected = read_weights(path, network, scale), network.state_dict()
    weights = reading.tensors
    fits = {name for name, value in weights.items() if name in expected and value.shape == expected[name].shape}
    head = _below(expected, "head")
    needed = {name for part in parts for name in _part(expected, part)} or set(expected) - head
    fits &= needed if parts or not head <= fits else set(expected)
    missing = sorted(needed - fits)
    if missing or not fits:
        where = f"of {', '.join(parts)}" if parts else "outside its head"
        raise ValueError(
            f"{path} does not fit the network: {len(missing)} of {len(needed)} tensors {where} have no "
            f"counterpart there, such as {', '.join(missing[:3])}; the file has {', '.join(sorted(weights)[:3])}, …"
        )
    network.load_state_dict({name: weights[name] for name in fits}, strict=False)
    return Start(sorted(fits), sorted(set(expected) - fits), sorted(set(weights) - fits), reading.note)


def _below(names: Iterable[str], part: str) -> set[str]:
    return {name for name in names if f"{name}.".startswith(f"{part}.")}


def _part(names: Iterable[str], part: str) -> set[str]:
    if found := _below(names, part):
        return found
    first = dict.fromkeys(name.partition(".")[0] for name in names)
    raise ValueError(f"weights_parts: expected parts of the network ({', '.join(first)}), got {part}")
