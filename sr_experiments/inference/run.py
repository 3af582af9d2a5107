"""The network that a run left behind, built without trusting the run."""

import inspect
import json
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from safetensors import SafetensorError
from torch import nn

from sr_experiments import record
from sr_experiments.environment import targets
from sr_experiments.inference.network import Network
from sr_experiments.module.weights import load_weights
from sr_experiments.schema import USED, check
from sr_experiments.trained import run_folder, trained_names

NETWORKS = "sr_experiments.model."


class LoadedRun(NamedTuple):
    """A run's network with its chosen weights, and the run's record."""

    network: Network
    record: record.Record


def load_run(run: Path, scale: float | None = None, *, trust: bool = False) -> LoadedRun:
    """Read a run directory. A ValueError says why it holds no network that can be used, or not at another `scale`.

    Of the run's configuration only `model:` is built, and that of nothing but the networks of this package: a run may
    come from a stranger. With `trust`, of modules of the user's own path too.
    """
    try:
        facts = record.read(run)
        check(facts, USED)
        weights = record.own_file(run, "weights.safetensors")
    except FileNotFoundError:
        raise ValueError(f"{run}: expected a run directory, but there is no run.json in it") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{run}: {error}") from error
    if not weights.is_file():
        raise ValueError(f"{run} ({facts['status']}) has no weights.safetensors: a run has them when it is finished")
    try:
        network = load_network(facts["config"], weights, trust=trust)
        if scale is not None:
            network.rescale(scale)
    except (TypeError, ValueError, SafetensorError) as error:
        raise ValueError(f"{run}: {error}") from error
    return LoadedRun(network, facts)


def load_network(config: dict[str, Any], weights: Path, *, trust: bool = False) -> Network:
    """What a run's config describes, with the weights of a safetensors file."""
    check_targets(config["model"], trust=trust)
    made = _build(config["model"])
    if not isinstance(made, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(made).__name__}")
    load_weights(made, weights)
    return Network(made, scale=config["scale"], color=config["color"])


def best_shipped() -> dict[float, Path]:
    """The folder of the network that ships for each scale; of several that of the highest PSNR by *standard*."""
    records = {run_folder(name): record.read_json(run_folder(name)) for name in trained_names()}
    ranked = sorted(records, key=lambda folder: _psnr(records[folder]))
    return {records[folder]["config"]["scale"]: folder for folder in ranked}


def _psnr(facts: record.Record) -> float:
    scores = [score for score in facts["scores"] if (score["metric"], score["protocol"]) == ("psnr", "standard")]
    return fmean([score["value"] for score in scores] or [0.0])


def check_targets(model: Any, *, trust: bool = False) -> None:
    """Refuse a `model:` that would call anything but constructors of networks of trusted origin."""
    if "${" in json.dumps(model):
        raise ValueError("model: expected plain values, found an interpolation (${…}), in which a target could hide")
    for target in targets(model):
        module, _, name = target.rpartition(".") if isinstance(target, str) else ("", "", "")
        if not _is_network(module, name, trust):
            raise ValueError(
                f"model: will not build {target!r}: expected a network of {NETWORKS[:-1]}; trust=true also builds a "
                "torch.nn.Module of a file of your own on the path, where you know what it does"
            )


def _build(node: Any) -> Any:
    """What a checked `model:` describes, as Hydra would make it, which takes a quarter of a second to import."""
    if isinstance(node, list):
        return [_build(part) for part in node]
    if not isinstance(node, dict):
        return node
    parts = {name: _build(part) for name, part in node.items()}
    if "_target_" not in parts:
        return parts
    target = parts.pop("_target_")
    module, _, name = target.rpartition(".")
    try:
        return _import(module, name)(**parts)
    except Exception as error:  # constructors refuse what they are given with anything
        raise ValueError(f"model: {target}: {error}") from error


def _is_network(module: str, name: str, trust: bool) -> bool:
    """Whether a name in a module is a network of this package, or, with `trust`, one of the user's own."""
    if module.startswith(NETWORKS):
        found = _import(module, name)
        return _is_module(found) and found.__module__.startswith(NETWORKS)
    return trust and _is_own(module) and _is_module(_import(module, name))


def _is_own(module: str) -> bool:
    """Whether a module is the user's: neither this package's nor the standard library's nor installed.

    A ValueError where importing it would run a file that lies in a run.
    """
    if module.partition(".")[0] in {"", "sr_experiments", *sys.stdlib_module_names}:
        return False
    places = _places(module)
    if inside := next((run for place in places if (run := record.run_above(place))), None):
        raise ValueError(f"model: will not import {module}: {inside} is a run, and no code of a run is run, ever")
    return not any({"site-packages", "dist-packages"} & set(place.parts) for place in places)


def _places(module: str) -> list[Path]:
    """The files and folders that importing a module would open, found without importing any of it."""
    package, *below = module.split(".")
    specs = [find_spec(package)]
    for name in below:
        folders = specs[-1].submodule_search_locations if specs[-1] else None
        specs.append(PathFinder.find_spec(name, list(folders or [])))
    if not specs[-1]:
        raise ValueError(f"model: {module} cannot be imported; is its folder the working directory?")
    found = [[spec.origin] if spec.origin else spec.submodule_search_locations or [] for spec in specs if spec]
    return [Path(place) for places in found for place in places]


def _import(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name, None)
    except ImportError as error:
        raise ValueError(
            f"model: {module} cannot be imported ({error}); is its folder the working directory?"
        ) from error


def _is_module(found: Any) -> bool:
    return inspect.isclass(found) and issubclass(found, nn.Module)
