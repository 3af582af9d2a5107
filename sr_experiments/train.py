"""sr-train: train a network, measure it, leave a run directory."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from sr_experiments import record
from sr_experiments.config import choices, command, refusing, sweep_dir, write_config
from sr_experiments.console import copied
from sr_experiments.environment import code_key
from sr_experiments.lock import locked
from sr_experiments.report.table import score_table
from sr_experiments.sweep.plan import Job, planned
from sr_experiments.sweep.trial import reporter

if TYPE_CHECKING:
    from sr_experiments.experiment import Experiment


@command("train")
def main(composed: DictConfig) -> float | None:
    """Train what the config describes; the best validation PSNR, for a search to climb."""
    leads = int(os.environ.get("LOCAL_RANK", 0)) == 0
    with refusing():
        job = planned(composed, choices(), sweep_dir())
        state = job.state() if leads else "nothing"
        if (sweep := job.choices.get("sweep", "none")) != "none" and not job.config["output_dir"] and leads:
            print(f"note: sweep={sweep} is one run here; with -m it is all of them", file=sys.stderr)
        if state == "finished" and not job.config["audit"]:
            return _shown(job.folder)
        from sr_experiments.callbacks.pruning import PrunedError

        experiment = _checked(job)
    if job.config["audit"]:
        return print(f"audit passed: {experiment.summary()}")
    if not leads:
        with suppress(PrunedError):
            return experiment.run()
        return None
    job.folder.mkdir(parents=True, exist_ok=True)
    with refusing(), locked(job.folder), copied(job.folder / "console.log"):
        if (now := job.state()) != state:  # another process was here since
            if now == "finished":
                return _shown(job.folder)
            state, experiment = now, _checked(job)
        return experiment.measure() if state == "unmeasured" else _recorded(experiment, job)


def _checked(job: Job) -> "Experiment":
    from sr_experiments.experiment import Experiment

    experiment = Experiment(job.config, job.folder, reporter())
    experiment.audit()
    return experiment


def _shown(folder: Path) -> float:
    done = record.read(folder)
    print(f"{folder} is finished")
    if done["code"] != code_key(done["config"]):
        print("note: other code than today's made it; another output_dir runs it anew")
    if scores := record.read_rows(folder / "scores.csv"):
        print(score_table(scores))
    return done["validation"]["psnr"]


def _recorded(experiment: "Experiment", job: Job) -> float:
    """Run, and say in the record how it ended."""
    from sr_experiments.callbacks.divergence import DivergedError
    from sr_experiments.callbacks.pruning import PrunedError

    write_config(job.folder, job.config)
    record.begin(job.folder, job.config, job.signature, job.choices)
    try:
        score = experiment.run()
    except DivergedError as error:
        raise SystemExit(_ended(job, "diverged", f"{error}; {experiment.last_good()}")) from None
    except PrunedError as error:
        raise SystemExit(_ended(job, "pruned", str(error))) from None
    except (KeyboardInterrupt, SystemExit):
        raise SystemExit(_ended(job, "interrupted", "stopped; the same command goes on")) from None
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(_ended(job, "failed", f"{type(error).__name__}: {error}", type(error).__name__)) from None
    print(f"run directory: {job.folder}")
    return score


def _ended(job: Job, status: str, error: str, kind: str | None = None) -> int:
    record.update(job.folder, status=status, error=error, error_type=kind, ended=record.now())
    print(f"{status}: {error}\nrun directory: {job.folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
