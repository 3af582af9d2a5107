"""Squares of images that other packages ship."""

from importlib.util import find_spec

import numpy as np
import pytest
import tifffile
from PIL import Image

from sr_experiments.data.packaged import packaged, pieces
from sr_experiments.data.sources.content import content_key

IHC = "skimage/data/ihc.png"


def test_squares_are_cut_in_reading_order_and_kept():
    files = pieces(name=IHC, side=128, numbers=[0, 6])
    image = np.moveaxis(np.asarray(Image.open(packaged(names=[IHC])[0])), -1, 0)
    assert np.array_equal(tifffile.imread(files[0]), image[:, :128, :128])
    assert np.array_equal(tifffile.imread(files[1]), image[:, 128:256, 256:384])
    times = [file.stat().st_mtime_ns for file in files]
    assert [file.stat().st_mtime_ns for file in pieces(name=IHC, side=128, numbers=[0, 6])] == times


def test_squares_are_the_same_files_wherever_they_are_cut(monkeypatch, tmp_path):
    """The bug: each held an identifier drawn at random, so a recipe was another experiment in every other cache."""
    found = []
    for cache in ("a", "b"):
        monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / cache))
        found.append(content_key(pieces(name=IHC, side=128, numbers=[0, 6])))
    assert found[0] == found[1]


def test_what_is_not_there_is_refused_in_words():
    with pytest.raises(ValueError, match="has squares of 128 pixels from 0 to 15, not \\[16\\]"):
        pieces(name=IHC, side=128, numbers=[16])
    for name in ("no_such_package/a.dcm", "skimage/data/no.png"):
        with pytest.raises(ValueError, match=r'is not installed: pip install "sr_experiments\[recipes\]"'):
            packaged(names=[name])


def test_bands_in_json_have_sixteen_bits():
    if not find_spec("spyndex"):
        pytest.skip("it comes with spyndex: the extra recipes")
    square = tifffile.imread(pieces(name="spyndex/data/S2_10m.json", side=60, numbers=[24])[0])
    assert square.shape == (4, 60, 60) and square.dtype == np.uint16 and 100 < square.min() < square.max() < 5000
