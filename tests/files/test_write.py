"""PNG and TIFF in bands: what is read again is what was written, and no more is in memory than a few bands."""

import tracemalloc
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import IFD, Base

from sr_experiments.files import png, tiff
from sr_experiments.files.metadata import Metadata
from sr_experiments.files.picture import read_picture


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(1, 4), st.sampled_from([np.uint8, np.uint16]))
@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_every_size_depth_and_kind_of_colors_comes_back(kind, height, width, channels, dtype):
    random = np.random.default_rng(height)
    pixels = random.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)
    step = int(random.integers(1, height + 1))
    bands = (pixels[start : start + step] for start in range(0, height, step))
    write, read = {
        "png": (png.write_png, lambda path: imagecodecs.png_decode(path.read_bytes())),
        "tiff": (tiff.write_tiff, tifffile.imread),
    }[kind]
    write(Path("made"), bands, width, height, Metadata())
    np.testing.assert_array_equal(read(Path("made")).reshape(pixels.shape), pixels)
    if (channels, dtype) != (2, np.uint16):  # which Pillow doesn't read of TIFFs
        Image.open("made").load()


@pytest.mark.parametrize("kind", ["TIFF", "BigTIFF"])
def test_a_tiff_holds_exif_whatever_its_offsets(kind, monkeypatch):
    monkeypatch.setattr(tiff, "_BIG", 0 if kind == "BigTIFF" else tiff._BIG)
    exif = Image.Exif()
    exif[Base.Artist] = "somebody"
    exif[IFD.Exif] = {Base.DateTimeOriginal: "2020:01:01 00:00:00", Base.ISOSpeedRatings: 100}
    exif[IFD.GPSInfo] = {1: "N", 2: (1.0, 2.0, 3.0)}
    tiff.write_tiff(Path("made.tif"), [np.zeros((9, 7, 3), np.uint8)], 7, 9, Metadata(exif=exif, xmp=b"<x/>"))
    assert Path("made.tif").read_bytes()[2] == (43 if kind == "BigTIFF" else 42)
    found = Image.open("made.tif").getexif()
    assert found[Base.Artist] == "somebody" and found.get_ifd(IFD.Exif)[Base.ISOSpeedRatings] == 100
    assert found.get_ifd(IFD.GPSInfo) == {1: "N", 2: (1.0, 2.0, 3.0)}
    assert Image.open("made.tif").info["xmp"] == b"<x/>"


LAYOUTS = {
    "strips": {"rowsperstrip": 7},
    "one strip": {},
    "tiles": {"tile": (16, 32)},
    "compressed tiles with differences": {"compression": "zlib", "predictor": True, "tile": (32, 16)},
    "big-endian": {"byteorder": ">"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_rows_of_a_tiff_are_read_when_they_are_asked_for(layout, channels):
    pixels = np.random.default_rng(0).integers(0, 65536, (101, 67, channels), np.uint16)
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"] * (channels == 4)} if channels > 1 else {}
    tifffile.imwrite("a.tif", pixels.squeeze(), **options, **LAYOUTS[layout])
    (rows,) = read_picture(Path("a.tif")).frames
    assert isinstance(rows, tiff.TiffRows) and rows.shape == pixels.shape
    for start in range(0, 101, 20):
        np.testing.assert_array_equal(rows[max(start - 5, 0) : start + 25], pixels[max(start - 5, 0) : start + 25])


@pytest.mark.slow
@pytest.mark.parametrize("write", [png.write_png, tiff.write_tiff])
def test_memory_does_not_grow_with_the_height(write, monkeypatch):
    monkeypatch.setattr(tiff, "_READ", 1 << 15)

    def peak(height):
        pixels = np.random.default_rng(0).integers(0, 256, (height, 256, 3), np.uint8)
        tifffile.imwrite("a.tif", pixels, photometric="rgb", rowsperstrip=64, compression="zlib")
        (rows,) = read_picture(Path("a.tif")).frames
        del pixels
        tracemalloc.start()
        write(Path("b"), (rows[start : start + 32] for start in range(0, height, 32)), 256, height, Metadata())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(512)
    assert peak(8192) < 1.3 * peak(1024)
