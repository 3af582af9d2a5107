"""Configuration: where it lies, how a command composes it, how objects are built from it.

Together with the Hydra commands and sweep/, the only place that knows Hydra.
"""

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import hydra
import hydra._internal.utils
from hydra._internal.hydra import Hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from sr_experiments.channels import channels
from sr_experiments.composing.arguments import fit_to_constructors
from sr_experiments.composing.choices import config_dir, groups, help_text, targets_named
from sr_experiments.composing.credentials import refuse_credentials
from sr_experiments.composing.errors import refusing
from sr_experiments.composing.overrides import quote_text, value_of
from sr_experiments.composing.settings import SETTINGS, fit_to_kind
from sr_experiments.composing.stranger import check_stored
from sr_experiments.console import degrade
from sr_experiments.record import own_file, run_above
from sr_experiments.tables import write_text

Config = dict[str, Any]

_PACKAGE = Path(__file__).resolve().parent


def _product(*factors: float) -> float:
    result = 1
    for factor in factors:
        result *= factor
    return result


OmegaConf.register_new_resolver("channels", channels, replace=True)
OmegaConf.register_new_resolver("product", _product, replace=True)


def command(config_name: str) -> Callable[[Callable[[DictConfig], Any]], Callable[[], None]]:
    """Make a function of a config the Hydra command of `conf/CONFIG_NAME.yaml`.

    The working directory goes behind `sys.path`, so that a user's own `_target_` is found, unless it lies in a run,
    which may be a stranger's; so do our Hydra plugins.
    """

    def decorate(task: Callable[[DictConfig], Any]) -> Callable[[], None]:
        def main() -> None:
            degrade()
            if {"-h", "--help"} & set(sys.argv[1:]):
                return print(help_text(config_name))
            if not run_above(Path.cwd()):
                sys.path.append(str(Path.cwd()))
            find_plugins()
            os.environ.setdefault("HYDRA_FULL_ERROR", "0")
            hydra._internal.utils.run_and_report = lambda function: function()  # `refusing` says what was wrong
            sys.argv[1:] = arguments = quote_text(sys.argv[1:], groups())
            mode = RunMode.__members__.get(str(value_of(arguments, "hydra.mode")))
            Hydra.get_mode = lambda *_, **__: mode  # which composes everything a second time to find this alone
            run, trust = value_of(arguments, "resume"), value_of(arguments, "trust") is True
            with refusing():
                name = register_run(config_name, Path(run), trust=trust) if isinstance(run, str) else config_name
                return hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=name)(task)()

        return main

    return decorate


def find_plugins() -> None:
    """Let Hydra find our plugins, in this process alone."""
    sys.path.append(str(_PACKAGE / "sweep"))


def register_run(config_name: str, run: Path, *, trust: bool = False) -> str:
    """Register a run's own `config.yaml`, under `conf/CONFIG_NAME.yaml`'s Hydra settings, as a primary config.

    `trust`: see `check_stored`. A ValueError where there is no such file, or it is none that a run leaves.
    """
    path = own_file(run, "config.yaml")
    if not path.is_file():
        raise ValueError(f"resume={run}: expected a run directory, found no config.yaml there")
    primary = OmegaConf.to_container(OmegaConf.load(config_dir() / f"{config_name}.yaml"))
    assert isinstance(primary, dict)
    try:
        config = OmegaConf.to_container(OmegaConf.load(path))
        if not isinstance(config, dict):
            raise ValueError("it holds no settings")
        check_stored(config, targets_named(), trust=trust)
    except (ValueError, OSError, YAMLError, RecursionError, OmegaConfBaseException) as error:
        raise ValueError(f"resume={run}: config.yaml: {error}") from None
    defaults = [entry for entry in primary["defaults"] if str(next(iter(entry))).startswith("override hydra/")]
    node = {"defaults": [*defaults, "_self_"], "hydra": primary["hydra"], **config}
    ConfigStore.instance().store(name="resumed_run", node=node)
    return "resumed_run"


def read_settings(composed: DictConfig) -> Config:
    """The settings at the top of a config, each of the kind that it must be."""
    given = {name: composed[name] for name in composed if name in SETTINGS}
    plain = {
        name: OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        for name, value in given.items()
    }
    return {str(name): fit_to_kind(value, SETTINGS[str(name)], str(name)) for name, value in plain.items()}


def resolve(config: DictConfig) -> Config:
    """The composed configuration as plain dicts and lists, every interpolation replaced by its value."""
    plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    assert isinstance(plain, dict)
    refuse_credentials(plain, "")
    plain["benchmark"] = _without_absent(plain.get("benchmark") or {})
    return {**{str(key): value for key, value in plain.items()}, **read_settings(config)}


def _without_absent(benchmarks: Config) -> Config:
    """The benchmarks without those of `benchmark=all` that are not there, which is said."""
    optional = {name for name, node in benchmarks.items() if node.pop("optional", False)}
    absent = {name for name in optional if not Path(benchmarks[name]["root"]).expanduser().is_dir()}
    if absent:
        print(f"benchmark=all leaves out what is not there: {', '.join(sorted(absent))}", file=sys.stderr)
    return {name: node for name, node in benchmarks.items() if name not in absent}


def network_config(*overrides: str) -> Config:
    """The resolved `model`, `scale` and `color` that overrides such as `model=edsr scale=2` make, and nothing else."""
    return resolve(compose_network(*overrides))


def compose_network(*overrides: str) -> DictConfig:
    """The same, its interpolations not yet replaced."""
    node = {"defaults": ["_self_", {"model": "espcn"}], "scale": 2, "color": "rgb"}
    ConfigStore.instance().store(name="network", node=node)
    with hydra.initialize_config_dir(str(config_dir()), version_base="1.3"):
        return hydra.compose("network", list(overrides))


def networks() -> list[str]:
    """The names of the networks in conf/model; those that a user's file makes are none of ours."""
    files = (config_dir() / "model").glob("*.yaml")
    return sorted(path.stem for path in files if "path: ???" not in path.read_text(encoding="utf-8"))


def runtime_choices() -> dict[str, Any]:
    """What was chosen of each group in the running command, Hydra's own among them."""
    return dict(HydraConfig.get().runtime.choices)


def group_choices(choices: Mapping[str, Any]) -> dict[str, Any]:
    """The choices among conf/'s own groups, such as `model: espcn`."""
    return {group: choice for group, choice in sorted(choices.items()) if not group.startswith("hydra/")}


def write_config(folder: Path, config: Config) -> None:
    """Write a resolved config into a run directory."""
    write_text(folder / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(config)))


def sweep_dir() -> Path:
    """Where the runs of this name lie."""
    return Path(HydraConfig.get().sweep.dir)


def build(config: Config, key: str, **extra: Any) -> Any:
    """The object that `config[key]` describes, `extra` being further arguments; a failure names the full key.

    Every value is of the kind that its constructor's annotation asks for.
    """
    node = fit_to_constructors(config[key], key)
    try:
        if not extra:
            return _plain(hydra.utils.instantiate(node, _convert_="all"))
        return hydra.utils.instantiate(node, _convert_="all", _partial_=True)(**extra)
    except Exception as error:
        place = str(error).rpartition("full_key: ")[2] if "full_key: " in str(error) else ""
        cause = error.__cause__ if isinstance(error, InstantiationException) and error.__cause__ else error
        raise ValueError(f"{'.'.join(filter(None, [key, place]))}: {cause}") from error


def _plain(built: Any) -> Any:
    """A partial as Python has it: Hydra's looks up what it may call at each call, which here is a step."""
    return partial(built.func, *built.args, **built.keywords) if isinstance(built, partial) else built


def build_each(config: Config, key: str, **extra: Any) -> dict[str, Any]:
    """The objects that the entries of `config[key]` describe, by their names."""
    try:
        return {name: build(config[key], name, **extra) for name in config.get(key) or {}}
    except ValueError as error:
        raise ValueError(f"{key}.{error}") from error
