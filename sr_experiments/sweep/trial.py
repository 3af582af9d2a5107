"""The trial that a job is part of: one environment variable tells the job, so that its config stays that of any job."""

import json
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any

VARIABLE = "SR_TRIAL"


def environment(address: str, study: str, number: int, pruner: Mapping[str, Any]) -> dict[str, str]:
    """What tells a job of its trial, whose study is kept at `address`."""
    facts = {"address": address, "study": study, "number": number, "pruner": pruner}
    return {VARIABLE: json.dumps(facts)}


def reporter() -> Callable[[float, int], bool] | None:
    """For a job that may be pruned: takes what its validation selects by and the step, says whether it has to end."""
    if VARIABLE not in os.environ:
        return None
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    from sr_experiments.config import build
    from sr_experiments.sweep.study import open_storage

    warnings.filterwarnings("ignore", module="optuna|sr_experiments.sweep")
    facts = json.loads(os.environ[VARIABLE])
    storage = open_storage(facts["address"])
    sampler, pruner = optuna.samplers.RandomSampler(), build(facts, "pruner")
    study = optuna.load_study(study_name=facts["study"], storage=storage, sampler=sampler, pruner=pruner)
    trial = optuna.Trial(study, study.trials[facts["number"]]._trial_id)

    def prunes(value: float, step: int) -> bool:
        try:
            trial.report(value, step)
            return trial.should_prune()
        except optuna.exceptions.UpdateFinishedTrialError:  # its worker died, and the trial was enqueued again
            return False
        except (optuna.exceptions.StorageInternalError, SQLAlchemyError) as error:
            print(f"warning: the search does not hear of step {step}: {error}")
            return False

    return prunes
