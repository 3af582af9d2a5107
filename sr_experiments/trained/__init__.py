"""Networks that ship with the package: a small run directory each, called by its name wherever a run is taken."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent


def trained_names() -> list[str]:
    """The names of the networks that ship."""
    return sorted(record.parent.name for record in _FOLDER.glob("*/run.json"))


def run_folder(run: str | Path) -> Path:
    """The folder of a run directory, or of the network called `run` that ships; a ValueError where neither is there."""
    given = Path(os.path.expanduser(run))  # noqa: PTH111 - refuses no name
    if given.exists():
        return given
    if str(run) in trained_names():
        return _FOLDER / run
    known = ", ".join(trained_names()) or "none yet"
    raise ValueError(
        f"{run}: expected a run directory, or the name of a network that ships ({known}); found nothing of that name"
    )


def ships(folder: Path) -> bool:
    """Whether a folder is that of a network that ships, into which nothing is written."""
    return folder.parent == _FOLDER
