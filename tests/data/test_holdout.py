"""A few images held out of a source."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sr_experiments.data.decoded.cache import remove
from sr_experiments.data.holdout import held_out, remaining
from sr_experiments.files.images import read_image
from sr_experiments.resize import resize


@pytest.fixture
def source(tmp_path):
    for name in ("a.png", "b.webp", "c.png"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_source_falls_into_two_parts(source):
    assert held_out(source=source, names=["c", "b"]) == [source / "c.png", source / "b.webp"]
    assert remaining(source=source, names=["c", "b"]) == [source / "a.png"]


def test_a_name_that_is_not_there_is_said(source):
    with pytest.raises(ValueError, match="no image called d"):
        remaining(source=source, names=["a", "d"])


def test_a_set_that_is_not_there_is_said_with_where_to_get_it(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere.*SR_DATA_ROOT.*sr-data get"):
        remaining(source=str(tmp_path / "nowhere"), names=[])


def test_smaller_copies_are_those_of_the_resize_and_made_once(tmp_path, command):
    picture = np.random.default_rng(0).integers(0, 256, (300, 201, 3), np.uint8)
    for name in ("a", "b"):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    Image.fromarray(picture[:150, :150]).save(tmp_path / "c.png")
    (tmp_path / "d.png").touch()
    found = remaining(source=tmp_path, names=["b"], smaller=[0.5, 0.25])
    assert [file.name for file in found] == ["a.png", "c.png", "d.png", "a_0.5.ppm"]  # the others would be too small
    expected = resize(torch.from_numpy(picture).permute(2, 0, 1), (150, 100))
    copy = Path(str(found[-1]))
    assert read_image(copy).equal(expected)
    before = copy.stat().st_mtime_ns
    assert remaining(source=tmp_path, names=["b"], smaller=[0.5])[-1] == copy and copy.stat().st_mtime_ns == before
    size = copy.stat().st_size
    assert "1 smaller copies" in command("data.known.command", "cache", "ls").out
    assert remove("all") >= size and not copy.exists()


@pytest.mark.parametrize("smaller", [[0.5, 2], [0], 0.5, ["half"]])
def test_factors_that_make_nothing_smaller_are_refused(source, smaller):
    with pytest.raises(ValueError, match=r"data\.train\.smaller to list factors between 0 and 1.*got"):
        remaining(source=source, names=[], smaller=smaller)
