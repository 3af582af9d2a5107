"""`sr-train -m`: a grid of jobs, each a process of its own."""

import json
import re
from pathlib import Path

import pytest

from sr_experiments import record
from sr_experiments.sweep.plan import _data_key

pytestmark = pytest.mark.slow

OWN_LOSS = """
import os
from torch import nn

class Fatal(nn.L1Loss):
    def __init__(self, *, way: str) -> None:
        super().__init__()
        self.way, self.calls = way, 0

    def forward(self, output, target):
        self.calls += 1
        if self.calls == 2 and self.way == "exit":
            os._exit(7)
        if self.calls == 2 and self.way == "raise":
            raise RuntimeError("a fault of my own")
        return super().forward(output, target)
"""


def without_folder(options):
    return [option for option in options if not option.startswith("output_dir")]


def test_one_crash_costs_one_job(command, tiny, tmp_path):
    """Three jobs: one goes well, one raises, one leaves at once; their folders are named by signature and seed."""
    (tmp_path / "mine.py").write_text(OWN_LOSS)
    (tmp_path / "conf" / "loss").mkdir(parents=True)
    (tmp_path / "conf" / "loss" / "fatal.yaml").write_text(
        "# @package loss.fatal\nweight: 1.0\ncriterion:\n  _target_: mine.Fatal\n  way: none\n"
    )
    options = [*without_folder(tiny), "name=grid", "hydra.launcher.jobs=2", "loss=fatal"]
    done = command("train", "--config-dir=conf", "-m", *options, "loss.fatal.criterion.way=none,raise,exit")
    assert done.code == 1, done.err
    assert "jobs finished" in done.out, done.err
    runs = {
        record.read(folder)["config"]["loss"]["fatal"]["criterion"]["way"]: record.read(folder)
        for folder in (tmp_path / "runs" / "grid").iterdir()
    }
    assert {way: run["status"] for way, run in runs.items()} == {
        "none": "finished",
        "raise": "failed",
        "exit": "failed",
    }
    assert "a fault of my own" in runs["raise"]["error"]
    assert "exit code 7" in runs["exit"]["error"]
    for folder in (tmp_path / "runs" / "grid").iterdir():
        facts = record.read(folder)
        assert folder.name == f"{facts['signature']}-0"
    assert "1 of 3 jobs finished" in done.out
    assert "a fault of my own" in done.err
    assert not (tmp_path / "multirun").exists()


def test_a_finished_job_is_not_run_again(command, tiny, tmp_path):
    options = [*without_folder(tiny), "seed=0,1", "model=espcn", "name=twice"]
    assert command("train", "-m", *options).code == 0
    again = command("train", "-m", *options)
    assert again.code == 0
    assert again.out.count("finished before") == 2


def test_a_sweep_over_what_has_no_part_in_the_signature_measures_all_of_it(command, tiny, tmp_path):
    options = [*without_folder(tiny), "name=ways", "protocol=standard,rgb"]
    plan = command("train", "-m", *options, "hydra/launcher=plan")
    assert "1 to run, 1 to measure" in plan.out
    done = command("train", "-m", *options)
    assert done.code == 0 and "2 of 2 jobs finished" in done.out, done.err
    (run,) = (tmp_path / "runs" / "ways").iterdir()
    assert {row["protocol"] for row in record.scores(run)} == {"standard", "rgb"}
    assert command("train", "-m", *options, "hydra/launcher=plan").out.count("done") >= 2


def test_a_record_that_cannot_be_read_costs_one_job(command, tiny, tmp_path):
    """Half of a file, as a full disk leaves it, files of somebody else's, one that lacks what it found, a folder."""
    options = [*without_folder(tiny), "name=broken", "hydra/launcher=plan", "seed=range(8)"]
    folders = re.findall(r"[0-9a-f]{12}-[0-7]", command("train", "-m", *options).out)
    ended = json.dumps({"format": 2, "status": "failed", "signature": folders[0][:12], "ended": "today"})
    finished = json.dumps({"format": 2, "status": "finished", "signature": folders[0][:12], "config": {}})
    broken = ('{"format": 1, "stat', "[]", '{"format": 1}', "[" * 100_000, ended, finished)
    for name, text in zip(folders, broken, strict=False):
        (tmp_path / "runs" / "broken" / name).mkdir(parents=True)
        (tmp_path / "runs" / "broken" / name / "run.json").write_text(text)
    (tmp_path / "runs" / "broken" / folders[6] / "run.json").mkdir(parents=True)
    plan = command("train", "-m", *options)
    assert plan.code == 0 and "7 not readable, 1 to run" in plan.out, plan.err
    done = command("train", "-m", *[option for option in options if "plan" not in option])
    assert done.code == 1 and "1 of 8 jobs finished" in done.out
    assert done.err.count("move it away, and the job runs anew") == 7 and "Traceback" not in done.err


def test_which_images_are_which_is_part_of_the_experiment(pictures):
    """The bugs: `train_low=L` and `val_low=L` had one signature, and so had sources weighed and grouped otherwise."""
    a, b, c = (str(pictures(name, 1, first=number)) for number, name in enumerate("abc"))
    sides = {"train": a, "val": b}
    weighed = [{"train": [[a, b], [c]], "val": a}, {"train": [[a], [b, c]], "val": a}]
    for parts in weighed:
        parts["train"] = [_listed(group) for group in parts["train"]]
    keys = [_data_key(data) for data in (sides, {**sides, "train_low": c}, {**sides, "val_low": c})]
    keys += [_data_key({**parts, "weights": [3, 1]}) for parts in weighed]
    assert len(set(keys)) == 5


def _listed(folders):
    files = [str(file) for folder in folders for file in Path(folder).iterdir()]
    path = Path(f"{len(list(Path().glob('*.txt')))}.txt")
    path.write_text("\n".join(files))
    return str(path)


def test_a_value_that_does_not_compose_refuses_the_whole_grid(command, tiny, tmp_path):
    for wrong in ("model=espcn,nosuch", "scale=2,3 model.head.scales=1", "color=rgb,cmyk"):
        done = command("train", "-m", *without_folder(tiny), *wrong.split())
        assert done.code == 1, wrong
        assert "Traceback" not in done.err
    assert not (tmp_path / "runs").exists()


def test_a_job_that_is_refused_has_a_record_that_says_why(command, tiny, tmp_path):
    options = [*without_folder(tiny), "data.patch_size=6,60", "name=small"]
    assert command("train", "-m", *options).code == 1
    records = [record.read(folder) for folder in (tmp_path / "runs" / "small").iterdir()]
    failed = next(facts for facts in records if facts["config"]["data"]["patch_size"] == 60)
    assert failed["status"] == "failed"
    assert "pixels a side" in failed["error"]
