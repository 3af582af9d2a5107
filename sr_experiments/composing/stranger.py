"""What a run's own config may have built and opened where `resume=RUN` composes it anew: it may be a stranger's."""

import inspect
from collections.abc import Collection, Iterator
from importlib import import_module
from typing import Any

from sr_experiments.environment import targets


def check_stored(config: dict[Any, Any], named: Collection[str], *, trust: bool) -> None:
    """A ValueError where a stored config is none that a run leaves, or, without `trust`, reaches beyond this package.

    `named`: the `_target_`s that conf/ names; besides these, classes of this package are built.
    """
    texts = list(_texts(config))
    if foreign := {"hydra", "defaults"} & set(config) or {text for text in texts if "${" in text}:
        raise ValueError(f"expected the resolved config of a run, found {', '.join(sorted(foreign))}")
    if trust:
        return
    for target in targets(config):
        if target not in named and not _is_ours(target):
            raise ValueError(
                f"will not call {target}: expected what conf/ names or a class of sr_experiments; "
                "trust=true goes on with a run whose code you know"
            )
    if address := next((text for text in texts if "://" in text or "::" in text), None):
        raise ValueError(f"will not open the address {address}; trust=true goes on with a run you know")


def _is_ours(target: Any) -> bool:
    module, _, name = str(target).rpartition(".")
    if not module.startswith("sr_experiments."):
        return False
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return False
    return inspect.isclass(found) and found.__module__.startswith("sr_experiments.")


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = [*node, *node.values()]
    if isinstance(node, list):
        for part in node:
            yield from _texts(part)
    elif isinstance(node, str):
        yield node
