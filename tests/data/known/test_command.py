"""sr-data as people type it."""

import shutil
import subprocess
import sys
import time

import pytest

from sr_experiments.data.photos import photos


@pytest.fixture
def sr_data(command):
    return lambda *arguments: command("data.known.command", *arguments)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root" / "photos").mkdir(parents=True)
    for path in photos(names=["astronaut", "chelsea", "camera"]):
        shutil.copy(path, tmp_path / "root" / "photos")
    return str(tmp_path / "root")


def test_verify_says_that_all_is_well(sr_data, root):
    done = sr_data("verify", "photos", "--root", root)
    assert (done.code, done.out) == (
        0,
        f"photos: all 3 images in {root}/photos are the known ones, pixel by pixel\n",
    )


def test_verify_says_what_is_wrong(sr_data, root, tmp_path):
    (tmp_path / "root" / "photos" / "camera.png").unlink()
    done = sr_data("verify", "photos", "--root", root)
    assert (done.code, done.out) == (1, "camera.png: missing\n")
    assert "photos: 1 of 3 images are not as they must be" in done.err


def test_verify_of_nothing(sr_data):
    done = sr_data("verify", "Set14")
    assert done.code == 1
    assert done.err == "error: expected set14 in data/Set14 (or its images in data itself), found neither\n"


def test_an_unknown_set_is_wrong_use(sr_data):
    done = sr_data("verify", "sat14")
    assert done.code == 2
    assert "the catalogue has no set called 'sat14'; it has bsd100" in done.err


def test_list_shows_what_is_there(sr_data, root):
    lines = sr_data("list", "--root", root).out.splitlines()
    assert [line.split()[3] for line in lines if line.startswith(("photos", "set5"))] == ["present", "absent"]


def test_get_needs_an_address(sr_data):
    done = sr_data("get", "manga109")
    assert done.code == 1
    assert "manga109 has no public address" in done.err


def test_leaks_of_folders_and_known_sets(sr_data, root, tmp_path):
    (tmp_path / "mine").mkdir()
    shutil.copy(tmp_path / "root" / "photos" / "chelsea.png", tmp_path / "mine" / "cat.png")
    done = sr_data("leaks", "mine", "photos", "--root", root)
    assert done.code == 1
    assert f"{root}/photos/chelsea.png is in mine/cat.png (likeness 1.000)" in done.out
    assert "pictures that both show: 1, of 1 and 3" in done.out


def test_help_teaches_and_answers_at_once():
    begin = time.perf_counter()
    line = [sys.executable, "-m", "sr_experiments.data.known.command", "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert "sr-data verify set14 --root DIR" in done.stdout
    assert time.perf_counter() - begin < 2
