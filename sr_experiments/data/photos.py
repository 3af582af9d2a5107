"""The photographs that scikit-image ships in its wheel, with their licences stated there."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path


def photos(*, names: Sequence[str]) -> list[Path]:
    """The files of the photographs called `names`."""
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise ValueError("the bundled photos come with scikit-image, which is not installed: pip install scikit-image")
    folder = Path(spec.submodule_search_locations[0]) / "data"
    found = {path.stem: path for path in folder.iterdir() if path.suffix in (".png", ".jpg")}
    missing = sorted(set(names) - set(found))
    if missing:
        raise ValueError(f"scikit-image has no photo called {', '.join(missing)}; it has {', '.join(sorted(found))}")
    return [found[name] for name in names]
