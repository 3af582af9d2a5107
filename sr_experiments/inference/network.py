"""The network that a run left behind, built without trusting the run."""

import inspect
import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from torch import nn

from sr_experiments import record
from sr_experiments.color import CHANNELS
from sr_experiments.config import build
from sr_experiments.environment import targets
from sr_experiments.module.weights import load_weights


class Trained(NamedTuple):
    """A run's network with its chosen weights, what it was made for, and the run's record."""

    network: nn.Module
    scale: float
    color: str
    record: record.Record


def trained(run: Path, scale: float | None = None) -> Trained:
    """Read a run directory. A ValueError says why it holds no network that can be used, or not at another `scale`.

    Of the run's configuration only `model:` is built, and that of nothing but torch modules of this package or of the
    user's own path: a run may come from a stranger.
    """
    try:
        facts = record.read(run)
        config = facts["config"]
        model, own_scale, color = config["model"], config["scale"], config["color"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{run}/run.json: expected a run's record, with model, scale and color ({error!r})") from error
    if not isinstance(own_scale, int | float) or color not in CHANNELS:
        expected = f"expected a scale and a color of {', '.join(CHANNELS)}"
        raise ValueError(f"{run}/run.json: {expected}, got {own_scale}, {color}")
    weights = run / "weights.safetensors"
    if not weights.is_file():
        raise ValueError(f"{run} ({facts['status']}) has no weights.safetensors: a run has them when it is finished")
    try:
        check_targets(model)
        network = build(config, "model")
        if not isinstance(network, nn.Module):
            raise TypeError(f"model: expected a torch.nn.Module, got {type(network).__name__}")
        load_weights(network, weights)
        if scale not in (None, own_scale):
            rescale(network, own_scale, scale)
    except (TypeError, ValueError, SafetensorError) as error:
        raise ValueError(f"{run}: {error}") from error
    return Trained(network, scale or own_scale, color, facts)


def rescale(network: Any, own_scale: float, scale: float) -> None:
    """Make a network enlarge by `scale`; a ValueError where it cannot."""
    if not isinstance(scale, int | float) or scale <= 0:
        raise ValueError(f"scale: expected a positive number, got {scale!r}")
    if not getattr(network, "any_scale", False):
        raise ValueError(
            f"its network makes scale={own_scale} alone, leave out scale={scale}: one trained with model/head=liif "
            "makes any"
        )
    network.head.scale = scale


def check_targets(model: Any) -> None:
    """Refuse a `model:` that would call anything but constructors of torch modules of trusted origin."""
    if "${" in json.dumps(model):
        raise ValueError("model: expected plain values, found an interpolation (${…}), in which a target could hide")
    for target in targets(model):
        if not (isinstance(target, str) and _is_ours(target) and _is_module(target)):
            raise ValueError(
                f"model: will not build {target!r}: expected a torch.nn.Module of sr_experiments or of a file of your "
                "own on the path"
            )


def _is_ours(target: str) -> bool:
    """Whether a target's package is this one, or neither the standard library's nor installed."""
    package = target.partition(".")[0]
    if package == "sr_experiments":
        return True
    spec = find_spec(package) if package not in sys.stdlib_module_names else None
    places = [spec.origin] if spec and spec.origin else (spec and spec.submodule_search_locations) or []
    return bool(places) and not any({"site-packages", "dist-packages"} & set(Path(place).parts) for place in places)


def _is_module(target: str) -> bool:
    module, _, name = target.rpartition(".")
    try:
        found = getattr(import_module(module), name, None)
    except ImportError as error:
        raise ValueError(
            f"model: {target} cannot be imported ({error}); is its folder the working directory?"
        ) from error
    return inspect.isclass(found) and issubclass(found, nn.Module)
