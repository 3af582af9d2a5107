"""What a search varies: Hydra's override grammar read as Optuna's distributions, values as overrides again."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from hydra.core.override_parser.types import IntervalSweep, Override
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import Trial


class Space(NamedTuple):
    """What differs between trials (`varied`), what is the same in all (`fixed`), and what repeats each (`seeds`)."""

    varied: dict[str, BaseDistribution]
    fixed: list[str]
    seeds: list[list[str]]

    def points(self) -> list[list[str]]:
        """Overrides that between them hold every choice and both ends of every range."""
        ends = {name: _ends(distribution) for name, distribution in self.varied.items()}
        first = {name: values[0] for name, values in ends.items()}
        return [as_overrides({**first, name: value}) for name, values in ends.items() for value in values] or [[]]


def read_space(overrides: Sequence[Override]) -> Space:
    """Sort a sweep's overrides; of several for one key the last one counts."""
    last = {override.get_key_element(): override for override in overrides}
    seed = last.pop("seed", None)
    varied = {key: distribution(override) for key, override in last.items() if override.is_sweep_override()}
    fixed = [
        override.input_line if override.is_delete() else f"{key}={override.get_value_element_as_str()}"
        for key, override in last.items()
        if key not in varied
    ]
    return Space(varied, [str(line) for line in fixed], _seeds(seed) if seed else [[]])


def distribution(override: Override) -> BaseDistribution:
    """What `choice(a, b)`, `range(1, 5)`, `interval(0, 1)`, `int(interval(1, 8))` or `tag(log, …)` of these stand for.

    A range has the values that it has in a grid, which leaves out its end. A ValueError names the key.
    """
    value: Any = override.value()
    if unknown := getattr(value, "tags", set()) - {"log"}:
        raise ValueError(f"{override.input_line}: expected the tag log, got {', '.join(sorted(unknown))}")
    log = bool(getattr(value, "tags", ()))
    try:
        if isinstance(value, IntervalSweep):
            number = IntDistribution if isinstance(value.start, int) else FloatDistribution
            return number(value.start, value.end, log=log)  # pyright: ignore[reportArgumentType]
        if override.is_range_sweep():
            return _range(sorted(override.sweep_iterator()), value.step, log)  # pyright: ignore
        return CategoricalDistribution(list(override.sweep_string_iterator()))
    except ValueError as error:
        raise ValueError(f"{override.input_line}: {error}") from error


def _range(values: list[Any], step: float, log: bool) -> BaseDistribution:
    if not values:
        raise ValueError("an empty range")
    if all(isinstance(value, int) for value in values):
        return IntDistribution(values[0], values[-1], log=log, step=int(abs(step)))
    return FloatDistribution(float(values[0]), float(values[-1]), log=log, step=float(abs(step)))


def _seeds(override: Override) -> list[list[str]]:
    if override.is_discrete_sweep():
        return [[f"seed={seed}"] for seed in override.sweep_string_iterator()]
    if override.is_sweep_override():
        raise ValueError(f"{override.input_line}: seeds are repeats, which are listed: seed=0,1,2 or seed=range(3)")
    return [[f"seed={override.get_value_element_as_str()}"]]


def grid_values(space: Space) -> dict[str, list[Any]]:
    """Every value of every parameter, for Optuna's grid; a ValueError where there is no end to them."""
    endless = [name for name, distribution in space.varied.items() if _values(distribution) is None]
    if endless or not space.varied:
        raise ValueError(f"the grid sampler takes choices and ranges: {', '.join(endless) or 'params'} has no such end")
    return {name: _values(distribution) or [] for name, distribution in space.varied.items()}


def _values(distribution: BaseDistribution) -> list[Any] | None:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    step: Any = getattr(distribution, "step", None)
    if step is None:
        return None
    low, high = distribution.low, distribution.high  # pyright: ignore[reportAttributeAccessIssue]
    return [_clean(low + step * number) for number in range(round((high - low) / step) + 1)]


def _ends(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    return [distribution.low, distribution.high]  # pyright: ignore[reportAttributeAccessIssue]


def suggest(trial: Trial, varied: dict[str, BaseDistribution]) -> dict[str, Any]:
    """A trial's value of each parameter."""
    return {name: _suggest(trial, name, distribution) for name, distribution in varied.items()}


def _suggest(trial: Trial, name: str, distribution: BaseDistribution) -> Any:
    match distribution:
        case FloatDistribution(low=low, high=high, step=step, log=log):
            value = trial.suggest_float(name, low, high, step=step, log=log)
            return _clean(value) if step else value
        case IntDistribution(low=low, high=high, step=step, log=log):
            return trial.suggest_int(name, low, high, step=step, log=log)
        case CategoricalDistribution(choices=grid_values):
            return trial.suggest_categorical(name, grid_values)


def _clean(number: float) -> float:
    """A multiple of a step as a grid would write it: 0.3, not 0.30000000000000004."""
    return number if isinstance(number, int) else float(f"{number:.12g}")


def as_overrides(values: dict[str, Any]) -> list[str]:
    """Values as overrides; text is taken as Hydra's grammar has it."""
    plain = {None: "null", True: "true", False: "false"}
    return [
        f"{name}={plain[value] if value is None or isinstance(value, bool) else value}"
        for name, value in values.items()
    ]


def user_values(function: str | None, trial: Trial) -> dict[str, Any]:
    """What the user's function `module.name` asks a trial for and returns as overrides; a ValueError where it fails."""
    if not function:
        return {}
    try:
        return dict(find_function(function)(trial))
    except Exception as error:
        raise ValueError(f"hydra.sweeper.search.space={function}: {type(error).__name__}: {error}") from error


def find_function(path: str) -> Callable[[Trial], dict[str, Any]]:
    """The function that `module.name` names; a ValueError where there is none."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ValueError, ImportError, AttributeError) as error:
        raise ValueError(f"hydra.sweeper.search.space={path}: expected a function as module.name: {error}") from error
