"""What a search found, for the terminal."""

import shlex
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from sr_experiments.report.table import text_table

WORDS = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


def trial_summary(trial: FrozenTrial, objectives: Sequence[str]) -> str:
    """How a trial ended, in a line."""
    if trial.state == TrialState.COMPLETE:
        how = ", ".join(f"{name} {number_text(value)}" for name, value in zip(objectives, trial.values, strict=True))
    else:
        how = (
            ": ".join(trial.user_attrs.get(name, "") for name in ("status", "error")).strip(": ") or "its worker ended"
        )
    return f"trial {trial.number} {' '.join(overrides(trial))}: {how or 'its worker ended'}"


def overrides(trial: FrozenTrial) -> list[str]:
    """What a trial's jobs have of their own."""
    return trial.user_attrs.get("overrides", [])


def study_summary(study: optuna.Study, begun: Sequence[FrozenTrial]) -> str:
    """How many trials ended how, and the best; of several objectives, all that no other one beats in each."""
    counts = ", ".join(f"{sum(trial.state == state for trial in begun)} {word}" for state, word in WORDS.items())
    if not (best := best_trials(study)):
        return f"{len(begun)} trials: {counts}"
    parts = [dict(override.split("=", 1) for override in overrides(trial)) for trial in best]
    columns = list(dict.fromkeys(name for part in parts for name in part))
    rows = [
        [str(trial.number), *map(number_text, trial.values), *(number_text(part.get(name, "–")) for name in columns)]
        for trial, part in zip(best, parts, strict=True)
    ]
    table = text_table(["trial", *(study.metric_names or []), *columns], rows)
    which = "the best" if len(study.directions) == 1 else "those that no other one beats in all objectives"
    return f"{len(begun)} trials: {counts}; {which}:\n{table}"


def best_trials(study: optuna.Study) -> list[FrozenTrial]:
    """The best trial, or the Pareto front by its first objective; none where none completed."""
    complete = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    best = (study.best_trials if len(study.directions) > 1 else [study.best_trial]) if complete else []
    return sorted(best, key=lambda trial: trial.values[0], reverse=study.directions[0].name == "MAXIMIZE")


def repeat_command(trial: FrozenTrial, command: Sequence[str], seeds: Sequence[Sequence[str]]) -> str:
    """The command that shows a trial's runs again, or makes them elsewhere."""
    program, *fixed = command
    each = [seed.removeprefix("seed=") for (seed,) in seeds if seed] if seeds[0] else []
    repeats = [f"seed={','.join(each)}"] if each else []
    return shlex.join([program, *(["-m"] if len(each) > 1 else []), *fixed, *overrides(trial), *repeats])


def number_text(value: Any) -> str:
    """A number with as many digits as a reader wants."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return f"{number:,.0f}" if number.is_integer() else f"{number:.2f}" if 1 <= abs(number) < 1e6 else f"{number:.4g}"
