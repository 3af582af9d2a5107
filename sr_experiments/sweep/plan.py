"""What a composed config asks for: an experiment, known by its signature, in a folder."""

import json
import pickle
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, open_dict

from sr_experiments import record
from sr_experiments.composing.settings import fit_to_kind
from sr_experiments.config import Config, build, group_choices, resolve
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import Source, image_files
from sr_experiments.schema import FINISHED, check
from sr_experiments.signature import file_key, signature_of
from sr_experiments.way import way


class Job(NamedTuple):
    """One run to be: its resolved config, the choices that made it, its experiment's signature, its folder."""

    config: Config
    choices: dict[str, str]
    signature: str
    folder: Path

    @property
    def selects(self) -> tuple[str, str]:
        """The validation metric that chooses its weights, and its direction: `("val/psnr", "max")`."""
        best = self.config["callbacks"]["best"]
        return best["monitor"], best["mode"]

    def state(self) -> str:
        """The status of what lies in the folder; `nothing` where a run is still to begin or to be measured."""
        status = record.state(self.folder, self.signature)
        if status == "finished":
            check(record.read_json(self.folder), FINISHED)
        return "unmeasured" if status == "finished" and self.unmeasured() else status

    def requested(self) -> set[tuple[str, str, str]]:
        """What the config asks to be measured: each benchmark by its name and the key of its way, and each metric."""
        ways = {node.get("name", name): way(self.config, name) for name, node in self.config["benchmark"].items()}
        return {(name, found.key, metric) for name, found in ways.items() for metric in self.config["metrics"]}

    def unmeasured(self) -> set[tuple[str, str, str]]:
        """What of that the folder lacks."""
        return self.requested() - record.measured_keys(self.folder)


class Planner:
    """Makes jobs of a sweep's overrides, in the command whose `config` it is.

    Composing takes Hydra some tenths of a second: each combination of choices is composed once, and what else a job
    overrides is applied to a copy of that, by Hydra itself, as it would be at the end of composing.
    """

    def __init__(self, loader: Any, config: DictConfig) -> None:
        self.loader, self.config = loader, config
        self.parse = cache(OverridesParser.create(config_loader=loader).parse_override)
        self.compose = cache(self._compose)

    def __call__(self, overrides: Sequence[str], data_key: Callable[[Config], str] | None = None) -> Job:
        """The job of these overrides; `data_key`: as `known_data_keys` gives it to jobs that are planned together."""
        parsed = [self.parse(override) for override in overrides]
        choosing = [str(each.input_line) for each in parsed if self._chooses(each)]
        composed, choices = pickle.loads(self.compose(*choosing))  # a copy, in a fifth of deepcopy's time
        values = [each for each in parsed if not self._chooses(each)]
        ConfigLoaderImpl._apply_overrides_to_config(values, composed)
        return plan_job(composed, choices, Path(self.config.hydra.sweep.dir), data_key)

    def _chooses(self, override: Override) -> bool:
        """Whether an override says what is composed, rather than what becomes of it."""
        if override.is_sweep_override():
            return True  # which composing refuses
        return self.loader.repository.group_exists(override.key_or_group) and not isinstance(override.value(), dict)

    def _compose(self, *choices: str) -> bytes:
        """What is composed of some choices, and all choices in it, pickled."""
        composed = self.loader.load_sweep_config(self.config, list(choices))
        chosen = composed.hydra.runtime.choices
        with open_dict(composed):
            del composed["hydra"]
        return pickle.dumps((composed, dict(chosen)))


def known_data_keys() -> Callable[[Config], str]:
    """What says what identifies the images of a `data`, having looked at each once."""
    known = cache(lambda text: _data_key(json.loads(text)))
    return lambda data: known(json.dumps(data))


def plan_job(
    composed: DictConfig, choices: dict[str, str], runs: Path, data_key: Callable[[Config], str] | None = None
) -> Job:
    """The job that a composed config describes; its folder lies in `runs` unless the config says otherwise."""
    config = resolve(composed)
    weights = config.get("weights") and file_key(record.weights_file(config["weights"]))
    signature = signature_of({**config, "weights": weights}, (data_key or _data_key)(config["data"]))
    folder = config["output_dir"] or config["resume"] or runs / f"{signature}-{config['seed']}"
    return Job(config, group_choices(choices), signature, Path(folder).absolute())


def _source(given: Any, name: str) -> Source:
    return build({name: given}, name) if isinstance(given, dict) else fit_to_kind(given, Source, name)


def _data_key(data: Config) -> str:
    """What identifies the images of training and validation: those of each source where sources are weighed."""
    reader = build(data, "reader") if data.get("reader") else None
    keys = []
    for part in ("train", "val", "train_low", "val_low"):
        if not data.get(part):
            continue
        source = _source(data[part], f"data.{part}")
        weighed = part == "train" and data.get("weights")
        groups = [[one] for one in source] if weighed and not isinstance(source, str | Path) else [source]
        key = "+".join(content_key(image_files(group, reader)) for group in groups)
        keys.append(key if part in ("train", "val") else f"{part} {key}")
    return "-".join(keys)
