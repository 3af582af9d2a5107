"""A few images held out of a source."""

import pytest

from sr_experiments.data.holdout import held_out, remaining


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
