"""What conf/ offers to be chosen."""

import re
from pathlib import Path

from omegaconf import OmegaConf

_PACKAGE = Path(__file__).resolve().parent.parent


def config_dir() -> Path:
    """The folder of configuration files: inside the package where it was installed, beside it in a checkout."""
    inside = _PACKAGE / "conf"
    return inside if inside.is_dir() else _PACKAGE.parent / "conf"


def groups() -> dict[str, list[str]]:
    """The groups of conf/, and what can be chosen of each."""
    choices: dict[str, list[str]] = {}
    for path in sorted(config_dir().rglob("*/*.yaml")):
        choices.setdefault(path.parent.relative_to(config_dir()).as_posix(), []).append(path.stem)
    return choices


def targets_named() -> set[str]:
    """Every `_target_` that conf/ names."""
    texts = (path.read_text(encoding="utf-8") for path in config_dir().rglob("*.yaml"))
    return {target for text in texts for target in re.findall(r"_target_: *([\w.]+)", text)}


def help_text(config_name: str) -> str:
    """What `--help` prints of `conf/CONFIG_NAME.yaml`; Hydra's own takes a second to list the choices."""
    primary = OmegaConf.load(config_dir() / f"{config_name}.yaml")
    choices = "\n".join(f"  {group}: {', '.join(names)}" for group, names in sorted(groups().items()))
    return f"{primary.hydra.help.header}\nChoices (GROUP=CHOICE):\n\n{choices}\n\n{primary.hydra.help.footer}"
