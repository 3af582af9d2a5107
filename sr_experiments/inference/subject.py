"""What can be measured: a run's network, or one that is no run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from sr_experiments import record
from sr_experiments.config import Config, build, write_config
from sr_experiments.data.sources import content_key, image_files
from sr_experiments.inference.images import OutputImages
from sr_experiments.inference.network import trained
from sr_experiments.model.cost import parameters
from sr_experiments.module.weights import take_weights
from sr_experiments.trained import ships


class Subject(NamedTuple):
    """A network with all that measuring it takes; `begin` makes a run directory for its scores."""

    name: str
    network: Callable[[Tensor], Tensor] | OutputImages
    scale: float
    color: str
    signature: str
    begin: Callable[[Path], None]


def from_run(run: Path, scale: float | None = None, *, trust: bool = False) -> Subject:
    """The network of a run directory, at another scale than its own where one is given; `trust`: see `trained`."""
    network, scale, color, facts = trained(run, scale, trust=trust)
    name = run.name if ships(run) else str(run)
    return Subject(name, network, scale, color, facts["signature"], partial(_copy, facts))


def from_model(config: Config, choices: dict[str, Any]) -> Subject:
    """The network of a config's `model:`, one that needs no training here."""
    model = {key: config[key] for key in ("scale", "color", "model")}
    network = build(model, "model")
    weights = record.weights_file(config["weights"]) if config["weights"] else None
    if weights and not isinstance(network, nn.Module):
        raise ValueError(f"weights: model={choices['model']} takes none, leave out weights={config['weights']}")
    if weights:
        note = take_weights(network, weights, config["scale"])
        if note:
            print(f"weights={weights}: taken {note}")
    elif isinstance(network, nn.Module) and any(parameter.requires_grad for parameter in network.parameters()):
        raise ValueError(
            f"model={choices['model']} has not been trained: measure a run of it, run=RUN, or give weights=FILE"
        )
    others = {key: value for key, value in model["model"].items() if key != "path"}
    path = Path(model["model"]["path"]).expanduser() if "path" in model["model"] else None
    files = (image_files(path) if path.is_dir() else [path]) if path else []
    signature = record.signature({**model, "model": others}, content_key([*files, *filter(None, [weights])]))
    begin = partial(_begin, model, choices, signature, network)
    return Subject(choices["model"], network, config["scale"], config["color"], signature, begin)


def _copy(facts: record.Record, folder: Path) -> None:
    write_config(folder, facts["config"])
    record.update(folder, **{key: value for key, value in facts.items() if key != "scores"})


def _begin(model: Config, choices: dict[str, Any], signature: str, network: Any, folder: Path) -> None:
    config = {"name": folder.name, "seed": 0, **model}
    write_config(folder, config)
    record.begin(folder, config, signature, choices)
    record.update(
        folder,
        status="finished",
        parameters=parameters(network) if isinstance(network, nn.Module) else None,
        timings={"train_seconds": 0.0},
        ended=record.now(),
    )
