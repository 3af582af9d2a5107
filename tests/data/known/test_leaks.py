"""Pictures that two sets share, found under what people do to pictures."""

import shutil

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from sr_experiments.data.known.leaks import leaks, whole_leaks
from sr_experiments.data.sources.files import image_files

pytestmark = pytest.mark.slow

CHANGES = {
    "same": lambda image: image,
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "transposed": lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    "shrunk": lambda image: image.resize((image.width // 2, image.height // 2)),
    "darker": lambda image: image.point(lambda value: int(value * 0.8)),
    "grey": lambda image: image.convert("L"),
    "cropped a little": lambda image: image.crop((4, 2, image.width - 7, image.height - 3)),
    "cropped": lambda image: image.crop((30, 60, 30 + image.width * 2 // 3, 60 + image.height * 3 // 5)),
}


@pytest.fixture
def training(tmp_path):
    folder = tmp_path / "train"
    folder.mkdir()
    for name in ("chelsea", "coffee", "rocket", "brick", "retina"):
        Image.fromarray(getattr(photographs, name)()).save(folder / f"{name}.png")
    return folder


def test_changed_copies_are_found(training, tmp_path):
    (tmp_path / "test").mkdir()
    for change, changed in CHANGES.items():
        changed(Image.fromarray(photographs.coffee())).save(tmp_path / "test" / f"{change}.png")
    found = leaks(image_files(training), image_files(tmp_path / "test"))
    assert {leak.train.name for leak in found} == {"coffee.png"}
    assert sorted(leak.test.stem for leak in found) == sorted(CHANGES)
    assert all(0.9 < leak.likeness <= 1.0001 for leak in found)
    back = leaks(image_files(tmp_path / "test"), image_files(training))
    assert {(leak.test, leak.train) for leak in back} == {(leak.train, leak.test) for leak in found}


def test_a_poor_jpeg_is_found(training, tmp_path):
    (tmp_path / "test").mkdir()
    Image.fromarray(photographs.chelsea()).save(tmp_path / "test" / "mine.jpg", quality=20)
    (found,) = whole_leaks(image_files(training), image_files(tmp_path / "test"))
    assert found.train.name == "chelsea.png"


def test_different_pictures_are_no_leak(training, tmp_path):
    (tmp_path / "test").mkdir()
    for name in ("astronaut", "camera", "grass", "gravel", "page", "clock"):
        Image.fromarray(np.asarray(getattr(photographs, name)())).save(tmp_path / "test" / f"{name}.png")
    assert leaks(image_files(training), image_files(tmp_path / "test")) == []
    assert leaks(image_files(training), image_files(training)) == []


def test_a_file_in_both_sets_is_a_whole_leak_wherever_it_lies(training, tmp_path):
    """The bug: validating on the very files of a benchmark went unseen, and was then kept as if copies were no leak."""
    shutil.copytree(training, tmp_path / "copy")
    everything = {(path.stem, path.stem) for path in training.iterdir()}
    for other in (training, tmp_path / "copy"):
        assert pairs(training, other, whole_leaks) == everything


def pairs(train, test, search=leaks) -> set[tuple[str, str]]:
    return {(leak.train.stem, leak.test.stem) for leak in search(image_files(train), image_files(test))}


def test_known_pairs(shared):
    data = shared / "data"
    assert pairs(data / "Set5", data / "Set14") == {("head", "face")}
    assert pairs(data / "T91", data / "T91") == {("t36", "t65"), ("t65", "t36")}


def test_no_false_alarm_between_a_training_set_and_a_benchmark(shared):
    assert not pairs(shared / "data" / "General100", shared / "data" / "BSD100")
