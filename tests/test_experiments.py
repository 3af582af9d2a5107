"""The recipes of conf/experiment, and the records that their promises come from."""

import json
import re
import runpy
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest

from sr_experiments import record
from sr_experiments.config import build, config_dir
from sr_experiments.trained import trained_names

ROOT = Path(__file__).parents[1]
RECIPES = config_dir() / "experiment"
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml") if path.stem != "none")


def promise(name: str) -> str:
    return (RECIPES / f"{name}.yaml").read_text().splitlines()[1]


def start(name: str) -> list[str]:
    """What a recipe is given that begins from a run of another one: a recipe's promise names it."""
    named = re.findall(r" weights=RUN\b.*; RUN is one of (.*)$", promise(name))
    assert all(run.removeprefix("experiment=") in NAMES for run in named if "experiment=" in run)
    return ["weights=RUN" for _ in named]


def recorded(name: str) -> list[record.Record]:
    return [record.read(run) for run in record.find_runs([ROOT / "docs" / "results" / name])]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_is_called_by_its_name_and_finds_its_images(name, compose, shared, monkeypatch):
    monkeypatch.setenv("SR_DATA_ROOT", str(shared / "data"))
    own = re.findall(r"[\w.]+=DIR", promise(name))
    config = compose(f"experiment={name}", *start(name), *own)
    assert config["name"] == name and f"_x{config['scale']}" in name
    if own:
        pytest.skip("it is for images of one's own")
    try:
        learnt, chosen_by = images(json.dumps({part: config["data"][part] for part in ("train", "val")}))
    except ValueError as error:
        if "pip install" not in str(error):
            raise
        pytest.skip(str(error))
    assert chosen_by and not learnt & chosen_by


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if recorded(name) and not start(name)])
def test_a_recipe_is_still_the_experiment_that_its_records_are_of(name, command, shared, monkeypatch):
    """Another signature would be another experiment, of which nothing is recorded."""
    monkeypatch.setenv("SR_DATA_ROOT", str(shared / "data"))
    done = command("train", "-m", f"experiment={name}", "hydra/launcher=plan")
    if "pip install" in done.err:
        pytest.skip(done.err)
    assert {run["signature"] for run in recorded(name)} == set(re.findall(r"\b([0-9a-f]{12})-0\b", done.out)), done.err


@cache
def images(described: str) -> tuple[set, set]:
    """What is learnt from and what chooses, of recipes that differ in scale or network once."""
    data = json.loads(described)
    return set(build(data, "train")), set(build(data, "val"))


@pytest.mark.parametrize("name", [name for name in NAMES if start(name)])
def test_a_recipe_that_begins_from_a_run_is_not_begun_without(name, compose):
    """The bug: `weights: ???` is merged away, and a GAN began from nothing."""
    assert compose(f"experiment={name}", *re.findall(r"[\w.]+=DIR", promise(name)))["weights"] == "RUN"


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_promises_what_was_measured(name):
    assert f"experiment={name}" in promise(name)
    runs = recorded(name)
    assert all(run["choices"]["experiment"] == name and run["git_changed"] is False for run in runs)
    scores = [score for run in runs for score in run["scores"] if score["variant"] == "plain"]
    first = (list(runs[0]["config"]["benchmark"]) if runs else [""])[0]
    found = [score["value"] for score in scores if (score["benchmark"], score["metric"]) == (first, "psnr")]
    promised = re.findall(rf"(?i){first} ([\d.]+) dB", promise(name)) if runs else re.findall(r"dB", promise(name))
    assert promised == ([f"{fmean(found):.2f}"] if found else [])


@pytest.mark.parametrize("name", trained_names())
def test_what_ships_is_one_of_the_runs_that_are_recorded(name):
    shipped = record.read(ROOT / "sr_experiments" / "trained" / name)
    assert [shipped["signature"], shipped["scores"]] in [[run["signature"], run["scores"]] for run in recorded(name)]


def test_the_readme_shows_the_table_that_the_records_make():
    table = runpy.run_path(str(ROOT / "scripts" / "upkeep" / "results.py"))["table"]()
    assert table in (ROOT / "README.md").read_text()


@pytest.mark.slow
def test_the_results_show_the_tables_that_the_records_make():
    made = runpy.run_path(str(ROOT / "scripts" / "upkeep" / "learning.py"))["tables"]()
    results = (ROOT / "docs" / "results.md").read_text()
    assert [table for table in made if table not in results] == []


def test_records_hold_no_path_of_the_machine_that_made_them():
    kept = (ROOT / "docs" / "results", ROOT / "sr_experiments" / "trained")
    for path in (path for folder in kept for path in folder.rglob("*")):
        if path.is_file() and path.suffix in (".json", ".yaml", ".csv"):
            assert not re.search(r'["\' =]/[a-z]+/', path.read_text()), path
