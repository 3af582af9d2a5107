"""What can be measured: a run's network, or one that is no run."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from sr_experiments import record
from sr_experiments.config import Config, build, write_config
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import image_files
from sr_experiments.inference.images import OutputImages
from sr_experiments.inference.network import Network, network_of
from sr_experiments.inference.run import load_run
from sr_experiments.module.weights import take_weights
from sr_experiments.signature import signature_of
from sr_experiments.trained import ships


class Subject(NamedTuple):
    """A network, or somebody's output images, with all that measuring takes.

    `begin` makes a run directory for the scores.
    """

    name: str
    network: Network | OutputImages
    signature: str
    begin: Callable[[Path], None]


def from_run(run: Path, scale: float | None = None, *, trust: bool = False) -> Subject:
    """The network of a run directory, at another scale than its own where one is given; `trust`: see `load_run`."""
    network, facts = load_run(run, scale, trust=trust)
    name = run.name if ships(run) else str(run)
    return Subject(name, network, facts["signature"], partial(_copy, facts))


def from_model(config: Config, choices: dict[str, Any]) -> Subject:
    """What a config's `model:` makes, which needs no training here."""
    made = build(config, "model")
    weights = record.weights_file(config["weights"]) if config["weights"] else None
    if weights:
        _weigh(made, weights, config, choices["model"])
    elif isinstance(made, nn.Module) and any(parameter.requires_grad for parameter in made.parameters()):
        raise ValueError(
            f"model={choices['model']} has not been trained: measure a run of it, run=RUN, or give weights=FILE"
        )
    network = network_of(made, config)
    model = {"scale": network.scale, "color": network.color, "model": config["model"]}
    others = {key: value for key, value in config["model"].items() if key != "path"}
    path = Path(config["model"]["path"]).expanduser() if "path" in config["model"] else None
    files = (image_files(path) if path.is_dir() else [path]) if path else []
    signature = signature_of({**model, "model": others}, content_key([*files, *filter(None, [weights])]))
    return Subject(choices["model"], network, signature, partial(_begin, model, choices, signature, network.parameters))


def _weigh(made: Any, weights: Path, config: Config, name: str) -> None:
    if not isinstance(made, nn.Module):
        raise ValueError(f"weights: model={name} takes none, leave out weights={config['weights']}")
    if note := take_weights(made, weights, config["scale"]):
        print(f"weights={weights}: taken {note}")


def _copy(facts: record.Record, folder: Path) -> None:
    record.update(folder, **{key: value for key, value in facts.items() if key != "scores"})
    write_config(folder, facts["config"])


def _begin(model: Config, choices: dict[str, Any], signature: str, learnt: int | None, folder: Path) -> None:
    config = {"name": folder.name, "seed": 0, **model}
    record.begin(folder, config, signature, choices)
    write_config(folder, config)
    record.update(
        folder,
        status="finished",
        parameters=learnt,
        timings={"train_seconds": 0.0},
        ended=record.now(),
    )
