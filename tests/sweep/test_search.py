"""A search: trials, workers, what ends badly; the jobs of the quick tests are a formula."""

import hashlib
import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier, Lock
from typing import cast

import optuna
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.trial import TrialState

from sr_experiments.sweep.job import Command
from sr_experiments.sweep.launch import Launch
from sr_experiments.sweep.plan import Job
from sr_experiments.sweep.search import plan_search, search
from sr_experiments.sweep.study import enqueue_again, open_storage, storage_address
from sr_experiments.sweep.trial import VARIABLE, reporter

pytestmark = pytest.mark.slow

LINES = ("lr=tag(log,interval(1e-4,1e-1))", "width=range(8,65,8)", "loss=choice(l1,mse)")


class Jobs:
    """Jobs that are a formula: best at lr=1e-2, width=64, loss=mse. `ends`: how the n-th one that is run ends."""

    def __init__(self, folder, ends=None, base=""):
        self.folder, self.ends, self.base, self.placed, self.lock = folder, ends or {}, base, [], Lock()
        self.stop, self.best = folder / "stop", {"monitor": "val/psnr", "mode": "max"}
        self.command = Command("train", [], {}, "fork", None, "failed")

    def plan(self, overrides):
        values = {key: value for key, _, value in (line.partition("=") for line in overrides)}
        if values.get("loss") == "nosuch":
            raise ValueError("no loss is called nosuch")
        experiment = sorted(line for line in overrides if not line.startswith("seed="))
        signature = hashlib.sha256(f"{self.base}{experiment}".encode()).hexdigest()[:12]
        config = {"name": "study", "callbacks": {"best": self.best}, **values}
        return Job(config, {}, signature, self.folder / f"{signature}-{values.get('seed', 0)}")

    def place(self, job, overrides, environment):
        with self.lock:
            self.placed.append((job, environment))
            status = self.ends.get(len(self.placed) - 1, "finished")
        validation = {self.best["monitor"].removeprefix("val/"): self.psnr(job)}
        return {"status": status, "error": "as told", "validation": validation, **self.cost(job)}

    def psnr(self, job):
        width, seed = int(job.config.get("width", 8)), int(job.config.get("seed", 0))
        psnr = 30 - abs(math.log10(float(job.config.get("lr", 1e-2))) + 2) + width / 64 + seed
        return psnr + (job.config.get("loss") == "mse")

    def cost(self, job):
        return {"multiply_adds": int(job.config.get("width", 8)) ** 2}

    def search(self, settings, *lines, at_once=1, retry="failed"):
        overrides = OverridesParser.create().parse_overrides(list(lines or LINES))
        asked = plan_search(settings, overrides, self.plan)
        self.at_once = at_once
        search(*asked, cast(Launch, self), retry=retry)

    def show(self):
        return nullcontext()

    def run_together(self, calls):
        with ThreadPoolExecutor(self.at_once) as pool:
            for done in [pool.submit(call) for call in calls]:
                done.result()

    def study(self):
        return optuna.load_study(study_name="study", storage=open_storage(str(self.folder / "study.journal")))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A journal waits for the disk at every line, which is most of the time of a trial without a job."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def sampler(name, **options):
    return {"_target_": f"optuna.samplers.{name}", "seed": 0, **options}


def states(study):
    return [trial.state.name for trial in study.trials]


@pytest.mark.parametrize(
    "chosen",
    [
        sampler("TPESampler"),
        sampler("RandomSampler"),
        sampler("CmaEsSampler"),
        pytest.param(sampler("GPSampler", n_startup_trials=4), marks=pytest.mark.slow),
        sampler("NSGAIISampler", population_size=4),
        sampler("QMCSampler"),
    ],
    ids=lambda chosen: chosen["_target_"].rpartition(".")[2],
)
def test_every_sampler_of_optuna_chooses(chosen, tmp_path, capsys):
    jobs = Jobs(tmp_path)
    jobs.search({"n_trials": 12, "sampler": chosen}, "lr=tag(log,interval(1e-4,1e-1))", "width=range(8,65,8)")
    study = jobs.study()
    assert states(study) == ["COMPLETE"] * 12
    assert len({trial.params["lr"] for trial in study.trials}) >= 8
    for (job, _), trial in zip(jobs.placed, study.trials, strict=True):
        assert float(job.config["lr"]) == trial.params["lr"] and int(job.config["width"]) == trial.params["width"]
        assert trial.value == pytest.approx(jobs.psnr(job))
    assert f"lr={study.best_trial.params['lr']}" in capsys.readouterr().out


def test_a_grid_visits_every_point_once_and_ends(tmp_path):
    jobs = Jobs(tmp_path, ends={1: "failed"})
    settings = {"sampler": {"_target_": "optuna.samplers.GridSampler"}}
    lines = ("width=range(8,33,8)", "loss=choice(l1,mse)")
    with pytest.raises(SystemExit, match="as told"):
        jobs.search(settings, *lines, at_once=3)
    jobs.search(settings, *lines)
    points = [(job.config["width"], job.config["loss"]) for job, _ in jobs.placed]
    assert len(points) == 9 and len(set(points)) == 8


def test_a_sampler_that_learns_comes_closer_than_its_first_guesses(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.search({"n_trials": 40})
    values = [jobs.psnr(job) for job, _ in jobs.placed]
    assert max(values) > 31.9
    assert sum(values[20:]) / 20 > sum(values[:10]) / 10 + 0.5


def test_a_search_aims_at_what_chooses_the_weights(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.best = {"monitor": "val/features", "mode": "min"}
    with pytest.raises(ValueError, match="expected features, multiply_adds, parameters, latency_ms, got psnr"):
        jobs.search({"n_trials": 3, "objectives": {"psnr": "maximize"}})
    jobs.search({"n_trials": 3})
    study = jobs.study()
    assert (study.metric_names, study.direction.name) == (["features"], "MINIMIZE")
    assert study.best_value == min(jobs.psnr(job) for job, _ in jobs.placed)


def test_seeds_are_repeats_and_their_mean_is_the_objective(tmp_path, capsys):
    jobs = Jobs(tmp_path)
    jobs.search({"n_trials": 3}, "width=range(8,65,8)", "seed=0,1,5")
    assert [job.config["seed"] for job, _ in jobs.placed] == ["0", "1", "5"] * 3
    for trial in jobs.study().trials:
        assert trial.value == pytest.approx(32 + trial.params["width"] / 64)
    assert "sr-train -m width=" in (printed := capsys.readouterr().out) and "seed=0,1,5" in printed


def test_several_objectives_end_in_a_front(tmp_path, capsys):
    jobs = Jobs(tmp_path)
    jobs.search({"n_trials": 30, "objectives": {"psnr": "maximize", "multiply_adds": "minimize"}}, *LINES[1:])
    front = {(trial.params["width"], trial.params["loss"]) for trial in jobs.study().best_trials}
    assert front <= {(width, "mse") for width in range(8, 65, 8)} and len(front) > 3
    assert "no other one beats" in capsys.readouterr().out
    with pytest.raises(ValueError, match="choose another name"):
        jobs.search({"n_trials": 31}, *LINES[1:])


def test_the_total_is_the_studys_and_what_is_there_is_kept(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.search({"n_trials": 5}, at_once=4)
    jobs.search({"n_trials": 5}, at_once=4)
    assert len(jobs.placed) == 5
    jobs.search({"n_trials": 7}, at_once=4)
    assert len(jobs.placed) == 7 and states(jobs.study()) == ["COMPLETE"] * 7


def test_a_search_that_was_cut_short_goes_on_as_if_nothing_had_happened(tmp_path):
    """The same points as in one go: a seeded sampler that is made anew would draw its first ones again."""
    whole, parts = Jobs(tmp_path / "whole"), Jobs(tmp_path / "parts")
    whole.search({"n_trials": 14})
    for total in (3, 4, 14):
        parts.search({"n_trials": total})
    assert [trial.params for trial in parts.study().trials] == [trial.params for trial in whole.study().trials]


def test_trials_at_once_are_not_the_same_ones(tmp_path, monkeypatch):
    jobs, together = Jobs(tmp_path), Barrier(4, timeout=30)
    place = jobs.place

    def waiting(*arguments):
        together.wait()
        return place(*arguments)

    monkeypatch.setattr(jobs, "place", waiting)
    jobs.search({"n_trials": 8}, at_once=4)
    assert len({trial.params["lr"] for trial in jobs.study().trials}) == 8


def test_workers_share_a_database_and_its_total(tmp_path, postgresql):
    """Four begin at once on an empty database: its tables are made once, no point is taken twice, none too many."""
    workers = [Jobs(tmp_path / str(number)) for number in range(4)]
    settings = {"n_trials": 10, "storage": postgresql}
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(worker.search, settings, at_once=2) for worker in workers]:
            done.result()
    placed = [job.signature for worker in workers for job, _ in worker.placed]
    study = optuna.load_study(study_name="study", storage=open_storage(storage_address(postgresql, tmp_path)))
    assert states(study) == ["COMPLETE"] * 10 and len(set(placed)) == len(placed) == 10


def test_what_failed_is_told_and_tried_again_next_time(tmp_path):
    jobs = Jobs(tmp_path, ends={1: "failed", 3: "waiting"})
    with pytest.raises(SystemExit, match=r"trial 1 .*failed: as told"):
        jobs.search({"n_trials": 4})
    assert states(jobs.study()) == ["COMPLETE", "FAIL", "COMPLETE", "FAIL"]
    with pytest.raises(SystemExit, match="as told"):
        jobs.search({"n_trials": 4}, retry="none")
    jobs.search({"n_trials": 4})
    trials = jobs.study().trials
    assert states(jobs.study()) == ["COMPLETE", "FAIL", "COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]
    assert {trials[4].number: trials[4].params, 5: trials[5].params} == {4: trials[3].params, 5: trials[1].params}


def test_a_figure_that_is_no_number_fails_its_trial_alone(tmp_path, monkeypatch):
    """Records hold such a figure as null."""
    jobs = Jobs(tmp_path)
    figures = iter([None, 30.0])
    monkeypatch.setattr(jobs, "psnr", lambda _: next(figures))
    with pytest.raises(SystemExit, match=r"trial 0 .*failed: its psnr is no finite number"):
        jobs.search({"n_trials": 2})
    assert states(jobs.study()) == ["FAIL", "COMPLETE"]


@pytest.mark.parametrize("status", ["diverged", "pruned"])
def test_a_diverged_or_pruned_trial_counts_as_a_bad_one_and_runs_again_with_all_alone(status, tmp_path):
    """The bug: with `retry=all` a grid's pruned jobs ran again, a search's pruned trials did not."""
    jobs = Jobs(tmp_path, ends={0: status})
    jobs.search({"n_trials": 3})
    jobs.search({"n_trials": 3})
    assert states(jobs.study()) == ["PRUNED", "COMPLETE", "COMPLETE"]
    jobs.search({"n_trials": 3}, retry="all")
    assert jobs.study().trials[3].params == jobs.study().trials[0].params and len(jobs.placed) == 4


def test_a_pruned_trials_other_seeds_are_not_run_and_only_the_first_may_be_pruned(tmp_path):
    jobs = Jobs(tmp_path, ends={3: "pruned"})
    pruner = {"_target_": "optuna.pruners.MedianPruner"}
    jobs.search({"n_trials": 3, "pruner": pruner}, *LINES, "seed=range(3)")
    assert [job.config["seed"] for job, _ in jobs.placed] == ["0", "1", "2", "0", "0", "1", "2"]
    assert [VARIABLE in environment for _, environment in jobs.placed] == [True, False, False, True, True, False, False]
    assert states(jobs.study()) == ["COMPLETE", "PRUNED", "COMPLETE"]


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_worker_that_was_taken_for_dead_leaves_its_trial_to_the_one_that_has_it_now(status, tmp_path, monkeypatch):
    jobs = Jobs(tmp_path, ends={0: status})
    place = jobs.place

    def outlived(*arguments):
        if not jobs.placed:
            (trial,) = jobs.study().trials
            jobs.study().tell(trial.number, state=TrialState.FAIL)
            enqueue_again(jobs.study(), trial)
        return place(*arguments)

    monkeypatch.setattr(jobs, "place", outlived)
    jobs.search({"n_trials": 2})
    trials = jobs.study().trials
    assert states(jobs.study()) == ["FAIL", "COMPLETE", "COMPLETE"] and trials[1].params == trials[0].params


@pytest.mark.parametrize(
    "pruner",
    [
        {"_target_": "optuna.pruners.MedianPruner", "n_startup_trials": 2},
        {"_target_": "optuna.pruners.SuccessiveHalvingPruner", "min_resource": 10, "reduction_factor": 2},
        {"_target_": "optuna.pruners.HyperbandPruner", "min_resource": 10, "max_resource": 80, "reduction_factor": 2},
    ],
    ids=lambda pruner: pruner["_target_"].rpartition(".")[2],
)
def test_pruners_judge_what_a_job_reports(pruner, tmp_path, monkeypatch):
    """A job knows its trial by one variable; the poor half of the trials is given up, the good ones go on."""
    jobs = Jobs(tmp_path)
    place = jobs.place

    def training(job, overrides, environment):
        done = place(job, overrides, environment)
        monkeypatch.setenv(VARIABLE, environment[VARIABLE])
        prunes = reporter()
        assert prunes
        for step in range(10, 81, 10):
            if prunes(done["validation"]["psnr"] - 10 / step, step) and step < 80:
                return {**done, "status": "pruned"}
        return done

    monkeypatch.setattr(jobs, "place", training)
    jobs.search({"n_trials": 16, "pruner": pruner})
    study = jobs.study()
    ended = {state: [trial for trial in study.trials if trial.state == state] for state in TrialState}
    complete, pruned = ended[TrialState.COMPLETE], ended[TrialState.PRUNED]
    assert len(complete) + len(pruned) == 16 and complete and pruned
    best = max(jobs.placed, key=lambda placed: jobs.psnr(placed[0]))
    assert study.best_value == jobs.psnr(best[0])
    assert all(max(trial.intermediate_values) < 80 for trial in pruned)
    assert json.loads((tmp_path / "study.journal").read_text().splitlines()[0])


def test_no_variable_no_reports(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert reporter() is None


CONDITIONAL = """
def space(trial):
    model = trial.suggest_categorical("model", ["espcn", "fsrcnn"])
    if model == "espcn":
        return {"model": model, "width": trial.suggest_int("espcn_width", 8, 32)}
    return {"model": model, "lr": trial.suggest_float("fsrcnn_lr", 1e-4, 1e-2, log=True), "skip": None, "fast": True}

def broken(trial):
    return trial.nothing

def unsure(trial):
    raise ValueError("Cannot tell the width")
"""


def test_a_conditional_space_is_a_function(tmp_path, monkeypatch):
    (tmp_path / "my_space.py").write_text(CONDITIONAL)
    monkeypatch.syspath_prepend(tmp_path)
    jobs = Jobs(tmp_path / "jobs")
    jobs.search({"n_trials": 12, "space": "my_space.space"}, "loss=choice(l1,mse)", "scale=3")
    assert {job.config["model"] for job, _ in jobs.placed} == {"espcn", "fsrcnn"}
    for job, _ in jobs.placed:
        names = {"espcn": {"width"}, "fsrcnn": {"lr", "skip", "fast"}}[job.config["model"]]
        assert set(job.config) == {"name", "callbacks", "loss", "scale", "model", *names}
        assert job.config.get("skip", "null") == "null" and job.config.get("fast", "true") == "true"
    with pytest.raises(ValueError, match=r"space=my_space.broken: AttributeError: 'Trial' object has no attribute"):
        Jobs(tmp_path / "broken").search({"n_trials": 2, "space": "my_space.broken"}, "scale=3")
    with pytest.raises(ValueError, match="Cannot tell the width"):  # Optuna's own words for a trial that has ended
        Jobs(tmp_path / "unsure").search({"n_trials": 2, "space": "my_space.unsure"}, "scale=3")


def test_a_study_of_other_settings_is_refused(tmp_path):
    Jobs(tmp_path).search({"n_trials": 2})
    with pytest.raises(ValueError, match="begun under other settings: its trial 0 would be another experiment"):
        Jobs(tmp_path, base="more steps").search({"n_trials": 3})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "n_trials: expected a number of trials, at least 1, got None"),
        ({"n_trials": 2, "trials": 3}, "not trials"),
        ("tpe", "expected settings such as {n_trials: 20}, got tpe"),
        ({"n_trials": 2, "objectives": ["psnr"]}, "expected such as {psnr: maximize}"),
        ({"n_trials": 2, "objectives": {"set5/psnr": "maximize"}}, "a benchmark's score is read once, at the end"),
        ({"n_trials": 2, "objectives": {"psnr": "up"}}, "expected maximize or minimize, got up"),
        ({"n_trials": 2, "sampler": "TPESampler"}, "search.sampler: expected a _target_"),
        ({"n_trials": 2, "sampler": sampler("NoSampler")}, "search.sampler: Error loading"),
        ({"n_trials": 2, "sampler": sampler("TPESampler", n_startup=3)}, "search.sampler: TPESampler"),
        ({"n_trials": 2, "pruner": sampler("TPESampler")}, "search.pruner: expected one of optuna.pruners"),
        ({"sampler": {"_target_": "optuna.samplers.GridSampler"}}, "takes choices and ranges: lr"),
        ({"n_trials": 2, "storage": "mysql://there/x"}, "expected postgresql://"),
        ({"n_trials": 2, "storage": "postgresql://me:s3cret@127.0.0.1:1/x"}, "give it as PGPASSWORD"),
        ({"n_trials": 2, "storage": "postgresql://127.0.0.1:1/x?password=s3cret"}, "give it as PGPASSWORD"),
        ({"n_trials": 2, "storage": "mysql://me:s3cret@there/x"}, "give it as PGPASSWORD"),
        ({"n_trials": 2, "storage": "postgresql://127.0.0.1:1/x"}, "refused"),
        ({"n_trials": 2, "space": "nowhere.at_all"}, "expected a function as module.name: No module named 'nowhere'"),
        ({"n_trials": 2, "profile": {"width": 64}}, "latency_ms is measured, which is no objective here"),
        (
            {
                "n_trials": 2,
                "objectives": {"psnr": "maximize", "parameters": "minimize"},
                "pruner": {"_target_": "optuna.pruners.MedianPruner"},
            },
            "Optuna prunes by one objective",
        ),
    ],
)
def test_malformed_settings_are_refused_in_words(settings, message, tmp_path):
    jobs = Jobs(tmp_path / "study")
    with pytest.raises(ValueError, match=message) as refused:
        jobs.search(settings)
    assert "s3cret" not in str(refused.value)
    assert not jobs.placed and not list(tmp_path.rglob("*.journal"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["scale=3"], "a search varies something"),
        (["lr=interval(0,1)", "output_dir=here"], "folders and results of their own"),
        (["loss=choice(l1,nosuch)"], "no loss is called nosuch"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_the_first_job(lines, message, tmp_path):
    jobs = Jobs(tmp_path / "study")
    with pytest.raises(ValueError, match=message):
        jobs.search({"n_trials": 2}, *lines)
    assert not jobs.placed and not (tmp_path / "study").exists()
