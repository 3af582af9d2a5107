"""What was typed on a command line, as Hydra is to read it."""

from collections.abc import Iterable
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from sr_experiments.composing.settings import SETTINGS, kinds_of

TEXT = {name for name, kind in SETTINGS.items() if str in kinds_of(kind) and int not in kinds_of(kind)}
SOURCES = {"data.train", "data.val", "data.train_low", "data.val_low", "model.path"}


def quote_text(arguments: Iterable[str], groups: Iterable[str]) -> list[str]:
    """The arguments, values in quotes that are names and that Hydra would read as numbers, or not at all.

    To Hydra `name=2026_10` is the number 202610, and `run=it's`, `run=lr=0.1` and `run=größe` break its grammar.
    """
    named = {*TEXT, *SOURCES, *groups}
    return [_quote(argument) if _is_text(argument, named) else argument for argument in arguments]


def value_of(arguments: Iterable[str], name: str) -> Any:
    """What the last argument gives to a setting, as Hydra reads it; None where there is none, or none that it reads."""
    given = [argument for argument in arguments if argument.lstrip("+").startswith(f"{name}=")]
    try:
        return OverridesParser.create().parse_override(given[-1]).value() if given else None
    except HydraException:
        return None


def _is_text(argument: str, named: set[str]) -> bool:
    key, equals, _ = argument.partition("=")
    if not equals or key.startswith("-"):
        return False
    try:
        value = OverridesParser.create().parse_override(argument).value()
    except HydraException:
        return True
    return key.lstrip("+") in named and isinstance(value, bool | int | float)


def _quote(argument: str) -> str:
    key, _, typed = argument.partition("=")
    return f"{key}={QuotedString(typed, Quote.double).with_quotes()}"
