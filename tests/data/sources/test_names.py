"""What images are called."""

import zipfile

import pytest
from conftest import picture
from PIL import Image

from sr_experiments.data.sources.names import named_files


def save(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(12, 12)).save(path)
    return path


def test_an_image_is_called_by_its_path_below_the_root(tmp_path):
    for name in ("day/x.png", "night/x.png", "y.v2.png"):
        save(tmp_path / "set" / name)
    assert list(named_files("set")) == list(named_files(tmp_path / "set")) == ["day/x", "night/x", "y.v2"]
    assert list(named_files(["set/day", "set"][:1])) == ["x"]


def test_of_a_list_the_root_is_the_folder_that_holds_all(tmp_path):
    for name in ("day/x.png", "night/x.png"):
        save(tmp_path / "set" / name)
    (tmp_path / "list.txt").write_text("set/day/x.png\nset/night/x.png\n")
    assert list(named_files("list.txt")) == ["day/x", "night/x"]
    assert list(named_files([str(tmp_path / "set/night/x.png")])) == ["x"]


def test_an_archive_is_a_root(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(save(tmp_path / "x.png"), "000/x.png")
        archive.write(tmp_path / "x.png", "001/x.png")
    assert list(named_files("set.zip")) == ["000/x", "001/x"]


@pytest.mark.parametrize("source", ["set", ["a", "b"]])
def test_two_images_of_one_name_are_refused(tmp_path, source):
    for name in ("set/baby.png", "set/baby.bmp", "a/x.png", "b/x.png"):
        save(tmp_path / name)
    with pytest.raises(ValueError, match=r"two images are called (baby|x), .*: rename one"):
        named_files(source)


def test_names_at_an_address(server):
    for name in ("day/a b.png", "night/a b.png"):
        save(server.folder / name)
    assert list(named_files(f"{server.address}/")) == ["day/a b", "night/a b"]
