"""Which settings differ between experiments, and which of them mattered."""

import warnings
from collections.abc import Mapping, Sequence
from sys import float_info
from typing import Any

from sr_experiments.report.names import flat
from sr_experiments.report.runs import Experiment
from sr_experiments.signature import NO_PART_OF_THE_EXPERIMENT

Table = dict[str, list[Any]]  # by key, a value for each experiment; None where it has none

ENOUGH = 50  # PED-ANOVA looks at the best tenth, and wants five experiments there
FEWEST = 5


def varied_settings(experiments: Sequence[Experiment]) -> Table:
    """The choices that differ between experiments, and the values that differ between experiments of equal choices.

    A value that follows from the choices (a network's own sizes), or from another value (`${..width}`), is left out.
    """
    choices = _differing([_own(experiment.facts["choices"]) for experiment in experiments])
    values = _differing([_own(flat(experiment.facts["config"])) for experiment in experiments])
    chosen = [repr([column[place] for column in choices.values()]) for place in range(len(experiments))]
    free = {key: column for key, column in values.items() if not _follows(column, chosen)}
    first = {repr(column): key for key, column in sorted(free.items(), key=lambda item: -len(item[0]))}
    return {**_apart(choices), **{key: free[key] for key in free if first[repr(free[key])] == key}}


def _own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is part of an experiment, with values that can stand on an axis."""
    outside = NO_PART_OF_THE_EXPERIMENT
    kept = {key: value for key, value in settings.items() if not key.startswith(tuple(f"{name}." for name in outside))}
    return {key: _plain(value) for key, value in kept.items() if key.partition("@")[0] not in outside}


def _plain(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= float_info.max
    return value if number else str(value)


def _differing(settings: Sequence[Mapping[str, Any]]) -> Table:
    keys = dict.fromkeys(key for each in settings for key in each)
    table = {key: [each.get(key) for each in settings] for key in keys}
    return {key: column for key, column in table.items() if len(set(map(repr, column))) > 1}


def _follows(column: Sequence[Any], chosen: Sequence[str]) -> bool:
    return len(set(chosen)) == len(set(zip(chosen, map(repr, column), strict=True)))


def _apart(choices: Table) -> Table:
    """Choices without those that another one decides: a network's own encoder goes with `model`."""
    kept: Table = {}
    for key, column in sorted(choices.items(), key=lambda item: (item[0] != "model", item[0])):
        before = [repr([other[place] for other in kept.values()]) for place in range(len(column))]
        if not kept or not _follows(column, before):
            kept[key] = column
    return kept


def importance(table: Table, scores: Sequence[float]) -> dict[str, float]:
    """How much each setting decides whether an experiment is among the best tenth, in shares of one.

    PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023), as Optuna computes it; nothing below five experiments.
    """
    if len(scores) < FEWEST or not table:
        return {}
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {key: _distribution(column) for key, column in table.items()}
    study = optuna.create_study(direction="maximize")
    for place, score in enumerate(scores):
        values = {key: column[place] for key, column in table.items() if column[place] is not None}
        values = {key: _value(value, distributions[key]) for key, value in values.items()}
        space = {key: distributions[key] for key in values}
        study.add_trial(optuna.trial.create_trial(params=values, distributions=space, value=score))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        return optuna.importance.get_param_importances(study, evaluator=evaluator)


def _distribution(column: Sequence[Any]) -> Any:
    """The range or the list that a setting was taken from, as far as its values tell; wide ranges count in decades."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    values = [value for value in column if value is not None]
    if any(isinstance(value, str) for value in values):
        return CategoricalDistribution(sorted({str(value) for value in values}))
    low, high = min(values), max(values)
    return FloatDistribution(low, high, log=low > 0 and high >= 10 * low)


def _value(value: Any, distribution: Any) -> Any:
    return str(value) if hasattr(distribution, "choices") else float(value)
