"""Values of a config, held against the annotations of the constructors that they go to."""

import inspect
from typing import Any, get_type_hints

from hydra.utils import get_object

from sr_experiments.composing.settings import fit_to_kind


def fit_to_constructors(node: Any, name: str) -> Any:
    """A part of a config whose values fit the annotations of the constructors that its targets name.

    A ValueError names the one that does not; `name`: what the part is called.
    """
    if isinstance(node, list):
        return [fit_to_constructors(part, f"{name}[{place}]") for place, part in enumerate(node)]
    if not isinstance(node, dict):
        return node
    kinds = _kinds(node["_target_"]) if "_target_" in node else {}
    fitting = {key: fit_to_kind(node[key], kinds[key], f"{name}.{key}") for key in node if key in kinds}
    return {key: fit_to_constructors(value, f"{name}.{key}") for key, value in {**node, **fitting}.items()}


def _kinds(target: Any) -> dict[str, Any]:
    """The kind that each argument of a target takes, its default's among them; none where that can't be told."""
    try:
        called = get_object(target)
        parameters = inspect.signature(called).parameters
        hints = get_type_hints(called.__init__ if inspect.isclass(called) else called)
    except Exception:  # instantiate says better what is wrong with a target
        return {}
    defaults = {each.name: type(each.default) for each in parameters.values() if each.default is not each.empty}
    return {name: (hint, defaults.get(name, hint)) for name, hint in hints.items()}
