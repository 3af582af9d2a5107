"""Networks that ship, called by their names: here one that is made for the test."""

import json
import shutil

import pytest

from sr_experiments import record, trained

pytestmark = pytest.mark.slow

NAME = "espcn_x3"


@pytest.fixture
def shipped(command, tiny, tmp_path, monkeypatch):
    """A tiny run in the place of the networks that ship."""
    assert command("train", *tiny).code == 0
    folder = tmp_path / "trained" / NAME
    shutil.copytree(tmp_path / "run", folder, ignore=shutil.ignore_patterns("checkpoints", ".lock"))
    facts = record.read_json(folder)
    record.update(folder, choices={**facts["choices"], "data": "cid22_512"})
    monkeypatch.setattr(trained, "_FOLDER", tmp_path / "trained")
    return folder


def test_a_path_that_is_there_wins_over_a_name(shipped, tmp_path):
    (tmp_path / NAME).mkdir()
    assert trained.run_folder(NAME) != shipped
    assert trained.run_folder(tmp_path / NAME) == tmp_path / NAME


def test_a_name_that_is_not_there_lists_those_that_are(shipped, command):
    for done in (command("evaluate", "run=nosuch"), command("compare", "nosuch"), command("profile", "run=nosuch")):
        assert done.code == 1
        assert f"nosuch: expected a run directory, or the name of a network that ships ({NAME})" in done.err


def test_measuring_a_network_that_ships_writes_nothing_into_the_package(shipped, command):
    before = {path: path.stat().st_mtime_ns for path in shipped.rglob("*")}
    done = command("evaluate", f"run={NAME}", "benchmark=photos")
    assert done.code == 0, done.err
    assert f"{NAME}: photos ×3" in done.out and "photos/mean" in done.out
    assert command("profile", f"run={NAME}", "width=96", "height=96", "repeats=1").code == 0
    assert {path: path.stat().st_mtime_ns for path in shipped.rglob("*")} == before


def test_it_is_compared_and_its_weights_begin_a_training(shipped, command, tiny):
    assert "small ×3" in command("compare", NAME, "--output", "page.html").out
    done = command("train", *tiny[:-1], f"weights={NAME}", "output_dir=next")
    assert done.code == 0, done.err
    assert f"weights={shipped / 'weights.safetensors'}" in done.out


def test_those_that_ship_are_listed(shipped, command):
    (row,) = json.loads(command("models", "--trained", "--json").out)
    assert (row["name"], row["scale"], row["learnt_from"]) == (NAME, 3, "CID22-512")
    listed = command("models", "--trained").out.splitlines()[1].split()
    assert listed[:2] == [NAME, "×3"] and listed.count("–") == 4
    assert f"no network is called nosuch; there are {NAME}" in command("models", "--trained", "nosuch").err


@pytest.mark.parametrize("name", trained.trained_names())
def test_a_network_that_ships_scores_what_its_card_says(name, command):
    facts = record.read(trained.run_folder(name))
    scores = {row["benchmark"]: row["value"] for row in facts["scores"] if row["metric"] == "psnr"}
    done = command("evaluate", f"run={name}", "benchmark=photos", f"protocol={facts['choices']['protocol']}")
    assert done.code == 0, done.err
    (mean,) = (line.split()[1] for line in done.out.splitlines() if line.startswith("photos/mean"))
    assert float(mean) == pytest.approx(scores["photos"], abs=0.01)
    assert (trained.run_folder(name) / "example.webp").is_file()
    card = (trained.run_folder(name) / "card.md").read_text()
    assert all(f"| {benchmark} | {score:.2f} |" in card for benchmark, score in scores.items())
