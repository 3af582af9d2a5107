"""Images that are drawn, and sources in parts."""

import pytest

from sr_experiments.data.sources.parts import part
from sr_experiments.data.synthetic import documents, phantoms
from sr_experiments.files.images import read_image


@pytest.mark.parametrize("kind", [documents, phantoms])
def test_an_image_of_a_number_is_the_same_however_many_there_are(kind):
    few = {file.name: file.read_bytes() for file in kind(count=2)}
    for file in kind(count=3):
        file.unlink()
    again = {file.name: file.read_bytes() for file in kind(count=3)}
    assert again.items() > few.items() and len(set(again.values())) == 3
    assert read_image(kind(count=1)[0]).shape == (3, 256, 256)


def test_parts_share_no_image_and_leave_none_out(pictures):
    folder = str(pictures("all", 23))
    parts = {of: part(source=folder, of=of) for of in ("train", "val", "test")}
    assert {of: len(files) for of, files in parts.items()} == {"train": 14, "val": 3, "test": 6}
    assert len({file for files in parts.values() for file in files}) == 23


@pytest.mark.parametrize(("of", "words"), [("rest", "has the parts"), ("test", "at least 10 images to divide")])
def test_a_part_that_is_not_there_is_refused(pictures, of, words):
    with pytest.raises(ValueError, match=words):
        part(source=str(pictures("one", 1)), of=of)


def test_no_image_at_all_is_refused():
    with pytest.raises(ValueError, match="expected a count of at least 1"):
        documents(count=0)
