"""What a composed config asks for: an experiment, known by its signature, in a folder."""

from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig

from sr_experiments import record
from sr_experiments.composing.settings import fit_to_kind
from sr_experiments.config import Config, build, group_choices, resolve
from sr_experiments.data.sources.files import Source, content_key, image_files
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


def plan_job(composed: DictConfig, choices: dict[str, str], runs: Path) -> Job:
    """The job that a composed config describes; its folder lies in `runs` unless the config says otherwise."""
    config = resolve(composed)
    weights = config.get("weights") and file_key(record.weights_file(config["weights"]))
    signature = signature_of({**config, "weights": weights}, _data_key(config["data"]))
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
