"""Learning from a few of many images."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_experiments.data.sources.subset import subset
from sr_experiments.record import read_json

pytestmark = pytest.mark.slow

FILES = [Path(f"{number}.png") for number in range(40)]


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40))
def test_fewer_are_among_more_and_in_order(seed, one, other):
    few, many = (subset(FILES, seed, images=count) for count in sorted((one, other)))
    assert set(few) <= set(many) and len(few) == min(one, other)
    assert few == [file for file in FILES if file in few] == subset(FILES, seed, images=len(few))


def test_a_fraction_is_so_many_images_and_seeds_draw_others():
    assert subset(FILES, 3, fraction=0.1) == subset(FILES, 3, images=4) != subset(FILES, 4, images=4)
    assert subset(FILES, 0) == FILES == subset(FILES, 0, fraction=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["data.images=0"], "data.images=0: expected 1 to 3 training images, that is 0"),
        (["data.images=4"], "data.images=4: expected 1 to 3 training images, that is 4"),
        (["data.fraction=0.1"], "data.fraction=0.1: expected 1 to 3 training images, that is 0"),
        (["data.images=2", "data.fraction=0.5"], "expected data.images or data.fraction, got both"),
        (["data=mixed", "data.weights=[1]", "data.images=2"], "leave out data.weights"),
    ],
)
def test_what_leaves_no_image_is_refused(command, tiny, options, message):
    done = command("train", *options[:-2], *tiny[1:], *options[-2:])
    assert done.code == 1 and message in done.err, done.err


def test_a_run_learns_from_them(command, tiny, tmp_path):
    done = command("train", *tiny, "data.images=2", "audit=true")
    assert "2 training and 1 validation images" in done.out, done.err
    assert command("train", *tiny, "data.images=2").code == 0
    all_of_them = command("train", *tiny, "data.images=3", "output_dir=three")
    assert all_of_them.code == 0
    assert read_json(tmp_path / "run")["signature"] != read_json(tmp_path / "three")["signature"]
