"""Networks that ship, called by their names."""

import json

import pytest

from sr_experiments import record
from sr_experiments.data.catalogue import known_set
from sr_experiments.trained import run_folder, trained_names

LARGEST = 8 * 2**20


def test_a_path_that_is_there_wins_over_a_name(tmp_path):
    (tmp_path / "espcn_x3").mkdir()
    assert run_folder(tmp_path / "espcn_x3") == tmp_path / "espcn_x3"


def test_a_name_that_is_not_there_lists_those_that_are(command):
    for done in (command("evaluate", "run=nosuch"), command("compare", "nosuch"), command("profile", "run=nosuch")):
        assert done.code == 1
        assert (
            f"nosuch: expected a run directory, or the name of a network that ships ({', '.join(trained_names())})"
            in done.err
        )


@pytest.mark.parametrize("name", trained_names())
def test_a_network_that_ships_scores_what_its_record_says(command, name):
    folder = run_folder(name)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    done = command("evaluate", f"run={name}", "benchmark=photos")
    assert done.code == 0, done.err
    recorded = {(score["benchmark"], score["metric"]): score["value"] for score in record.read(folder)["scores"]}
    mean = next(line.split() for line in done.out.splitlines() if line.startswith("photos/mean"))
    assert float(mean[1]) == pytest.approx(recorded["photos", "psnr"], abs=0.011)
    assert float(mean[2]) == pytest.approx(recorded["photos", "ssim"], abs=0.0002)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", trained_names())
def test_a_network_that_ships_says_what_it_learnt_from_and_under_which_licence(name):
    learnt = known_set(record.read(run_folder(name))["choices"]["data"])
    card = (run_folder(name) / "card.md").read_text()
    assert learnt.licence.startswith("CC BY-SA") and learnt.licence in card and learnt.folder in card


def test_they_are_small_and_listed(command):
    assert sum(path.stat().st_size for name in trained_names() for path in run_folder(name).iterdir()) <= LARGEST
    assert [row["name"] for row in json.loads(command("models", "--trained", "--json").out)] == trained_names()
    assert all(name in command("models", "--trained").out for name in trained_names())
