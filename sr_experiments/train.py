"""sr-train: train a network, measure it, leave a run directory."""

import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from sr_experiments import record
from sr_experiments.composing.errors import refusing
from sr_experiments.config import command, runtime_choices, sweep_dir, write_config
from sr_experiments.console import copy_output
from sr_experiments.environment import code_key, is_one_of_several
from sr_experiments.lock import hold
from sr_experiments.report.table import score_table
from sr_experiments.sweep.plan import Job, plan_job
from sr_experiments.sweep.trial import reporter

if TYPE_CHECKING:
    from sr_experiments.experiment import Experiment
    from sr_experiments.lead import Lead


@command("train")
def main(composed: DictConfig) -> float | None:
    """Train what the config describes; the best of what validation selects by, for a search to climb."""
    with refusing():
        job = plan_job(composed, runtime_choices(), sweep_dir())
        if not is_one_of_several() and not job.config["audit"] and job.state() == "finished":
            return _print_result(job)
        from sr_experiments.lead import Lead, part

        experiment = _build(job)
        lead = Lead(experiment)
        leads = lead.is_ours()
    if not leads:
        return _follow(experiment, lead.word())
    with lead.last_word():
        score = _lead(experiment, job, lead)
    part()
    return score


def _lead(experiment: "Experiment", job: Job, lead: "Lead") -> float | None:
    """What the first process does, and tells the others."""
    from sr_experiments import running
    from sr_experiments.readiness import check_ready

    with refusing():
        state = job.state()
        if (sweep := job.choices.get("sweep", "none")) != "none" and not job.config["output_dir"]:
            print(f"note: sweep={sweep} is one run here; with -m it is all of them", file=sys.stderr)
        if state == "finished" and not job.config["audit"]:
            return _print_result(job)
        check_ready(experiment)
    if job.config["audit"]:
        return print(f"audit passed: {experiment.summary()}")
    job.folder.mkdir(parents=True, exist_ok=True)
    with refusing(), hold(job.folder), copy_output(job.folder / "console.log"):
        if (now := job.state()) != state:  # another process was here since
            if now == "finished":
                return _print_result(job)
            state, experiment = now, _build(job)
            check_ready(experiment)
            lead.experiment = experiment
        if lead.word("measure" if state == "unmeasured" else "train") == "measure":
            return running.measure(experiment)
        return _run(experiment, job)


def _follow(experiment: "Experiment", word: str) -> None:
    """Do what the first process says; it alone records how that ends."""
    from sr_experiments import running
    from sr_experiments.callbacks.divergence import DivergedError
    from sr_experiments.callbacks.pruning import PrunedError
    from sr_experiments.lead import part

    with suppress(PrunedError, DivergedError):
        if word != "nothing":
            (running.measure if word == "measure" else running.run)(experiment)
        part()


def _build(job: Job) -> "Experiment":
    from sr_experiments.experiment import Experiment

    return Experiment(job.config, job.folder, reporter())


def _print_result(job: Job) -> float:
    done, requested = record.read(job.folder), job.requested()
    print(f"{job.folder} is finished")
    if done["code"] != code_key(done["config"]):
        print("note: other code than today's made it; another output_dir runs it anew")
    rows = [row for row in record.scores(job.folder) if (row["benchmark"], row["key"], row["metric"]) in requested]
    if rows := [row for row in rows if row["variant"] == "plain"]:
        print(score_table(rows))
    return record.selection(done)[1]


def _run(experiment: "Experiment", job: Job) -> float:
    """Run, and say in the record how it ended."""
    from sr_experiments import running
    from sr_experiments.callbacks.divergence import DivergedError
    from sr_experiments.callbacks.pruning import PrunedError

    record.begin(job.folder, job.config, job.signature, job.choices)  # first: by it a folder is known as a run
    write_config(job.folder, job.config)
    try:
        score = running.run(experiment)
    except DivergedError as error:
        raise SystemExit(_record_end(job, "diverged", f"{error}; {running.last_good(job.folder)}")) from None
    except PrunedError as error:
        raise SystemExit(_record_end(job, "pruned", str(error))) from None
    except (KeyboardInterrupt, SystemExit):
        raise SystemExit(_record_end(job, "interrupted", "stopped; the same command goes on")) from None
    except Exception as error:
        traceback.print_exc()
        raise SystemExit(_record_end(job, "failed", f"{type(error).__name__}: {error}", type(error).__name__)) from None
    print(f"run directory: {job.folder}")
    return score


def _record_end(job: Job, status: str, error: str, kind: str | None = None) -> int:
    from sr_experiments.running import peak_memory

    facts = {"status": status, "error": error, "error_type": kind, "peak_memory_mib": peak_memory()}
    record.update(job.folder, **facts, ended=record.now())
    print(f"{status}: {error}\nrun directory: {job.folder}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
