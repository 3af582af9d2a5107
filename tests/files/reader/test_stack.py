"""TIFF stacks in and out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

from sr_experiments.data.sources.files import image_files
from sr_experiments.files.images import ImageError
from sr_experiments.files.reader.stack import Reader
from sr_experiments.files.scenes.kinds import reader_of

OME = {
    "axes": "TCYX",
    "PhysicalSizeX": 0.13,
    "PhysicalSizeXUnit": "µm",
    "PhysicalSizeY": 0.2,
    "PhysicalSizeYUnit": "µm",
    "PhysicalSizeZ": 1.5,
    "Channel": {"Name": ["DAPI", "GFP"]},
}
KINDS = {
    "ome": {"ome": True, "metadata": OME},
    "imagej": {"imagej": True, "resolution": (7.5, 5), "metadata": {"axes": "TCYX", "unit": "um", "spacing": 2.0}},
    "shaped": {"photometric": "minisblack", "resolution": (300, 300), "resolutionunit": "INCH"},
}

pytestmark = pytest.mark.slow


def opened(path, mode: Any = "r") -> Any:
    return tifffile.TiffFile(path, mode=mode)


def ome(file) -> Any:
    return tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]


def made(kind, shape=(3, 2, 20, 30), dtype="uint16"):
    values = np.random.default_rng(0).integers(0, 250, shape).astype(dtype)
    tifffile.imwrite("made.tif", values, **KINDS[kind])
    return Path("made.tif"), values


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_nothing_changes_comes_back(kind, dtype, enlarge):
    source, values = made(kind, dtype=dtype)
    enlarge(Reader(), source, Path("same.tif"), color=1 if kind == "shaped" else 2)
    with opened("same.tif") as after, opened(source) as before:
        assert np.allclose(after.asarray(), values, rtol=0, atol=2e-5 if dtype == "float32" else 0)
        assert after.series[0].axes == before.series[0].axes and after.asarray().dtype == dtype
        assert (after.is_ome, after.is_imagej) == (before.is_ome, before.is_imagej)
        if kind == "ome":
            pixels = [ome(file) for file in (before, after)]
            assert pixels[0] == pixels[1]


def test_twice_as_large_has_pixels_half_as_large(enlarge):
    source, values = made("ome")
    enlarge(Reader(), source, Path("large.tif"), scale=2, color=2)
    with opened("large.tif") as after:
        pixels = ome(after)
        assert np.array_equal(after.asarray(), values.repeat(2, -1).repeat(2, -2)) and after.pages[0].is_tiled
    assert (pixels["PhysicalSizeX"], pixels["PhysicalSizeY"], pixels["PhysicalSizeZ"]) == (0.065, 0.1, 1.5)
    assert [channel["Name"] for channel in pixels["Channel"]] == ["DAPI", "GFP"]
    for kind, expected in (("imagej", [(15, 1), (10, 1)]), ("shaped", [(600, 1), (600, 1)])):
        source, _ = made(kind)
        enlarge(Reader(), source, Path("large.tif"), scale=2, color=2 if kind == "imagej" else 1)
        with opened("large.tif") as after:
            assert [after.pages[0].tags[name].value for name in ("XResolution", "YResolution")] == expected


@pytest.mark.parametrize(
    ("axes", "shape", "images", "channels"),
    [("ZYX", (4, 9, 8), 4, 1), ("CYX", (5, 9, 8), 1, 5), ("CZYX", (2, 3, 9, 8), 3, 2), ("YXS", (9, 8, 3), 1, 3)],
)
def test_channels_are_channels_and_other_axes_images(axes, shape, images, channels, enlarge):
    values = np.random.default_rng(0).integers(0, 65535, shape).astype(np.uint16)
    tifffile.imwrite("made.tif", values, ome=True, metadata={"axes": axes})
    files = image_files(["made.tif"], Reader(limits=[0, 65535]))
    assert len(files) == images
    expected = np.moveaxis(values, [axes.index(axis) for axis in axes if axis in "CS"] or [0], [-3])
    expected = expected.reshape(images, channels, 9, 8) if axes != "CZYX" else np.moveaxis(values, 0, 1)
    read = [Reader(limits=[0, 65535])(Path("made.tif"), number) for number in range(images)]
    assert torch.allclose(torch.stack(read), torch.from_numpy(expected / 65535))
    enlarge(Reader(), Path("made.tif"), Path("same.tif"), color=channels)
    assert np.array_equal(tifffile.imread("same.tif"), values)


@pytest.mark.parametrize(("axes", "shape"), [("TCYX", (2, 4, 9, 8)), ("YXS", (9, 8, 4))])
def test_channels_are_chosen_by_number(axes, shape, enlarge):
    values = np.random.default_rng(0).integers(0, 65535, shape).astype(np.uint16)
    names = {"Channel": {"Name": ["red", "green", "blue", "infrared"]}} if "C" in axes else {}
    tifffile.imwrite("made.tif", values, ome=True, metadata={"axes": axes, **names})
    reader, source = Reader(limits=[0, 65535], bands=[3, 1]), Path("made.tif")
    chosen = np.take(values, [2, 0], axis=axes.index("C" if "C" in axes else "S"))
    first = chosen[0] if "T" in axes else np.moveaxis(chosen, -1, 0)
    assert torch.allclose(reader(source), torch.from_numpy(first / 65535))
    enlarge(reader, source, Path("two.tif"), color=2)
    with opened("two.tif") as two:
        assert np.array_equal(two.asarray(), chosen) and two.series[0].axes == axes
        assert "C" not in axes or [each["Name"] for each in ome(two)["Channel"]] == ["blue", "red"]
    for bands in ([5], [0], [1, 1]):
        with pytest.raises(ImageError, match=r"made\.tif: expected bands of 1 to 4, each once, got"):
            Reader(bands=bands)(source)


def test_planes_of_unlike_sizes_are_refused_in_words():
    with tifffile.TiffWriter("made.tif") as file:
        for side in (8, 9):
            file.write(np.zeros((side, 8), np.uint8), contiguous=False)
    with pytest.raises(ImageError, match=r"made.tif: expected planes of one size, got 8×8, 8×9: split the stack"):
        Reader()(Path("made.tif"))


def test_what_is_cut_short_or_lies_is_refused():
    source, _ = made("ome")
    content = source.read_bytes()
    source.write_bytes(content[:2000])
    with pytest.raises(ImageError, match=r"made.tif: "):
        [Reader()(source, number) for number in range(3)]
    source.write_bytes(content)
    with opened(source, mode="r+") as file:
        for name in ("ImageWidth", "ImageLength"):
            file.pages[0].tags[name].overwrite(60_000)
    with pytest.raises(ImageError, match=r"made.tif: "):
        Reader()(source)


def test_numbers_of_planes_that_a_file_claims_and_has_not_are_refused():
    source, _ = made("ome", (3, 1, 20, 30))
    content = source.read_bytes()
    source.write_bytes(content.replace(b'SizeT="3"', b'SizeT="9"').replace(b'PlaneCount="3"', b'PlaneCount="9"'))
    with pytest.raises(ImageError, match=r"made.tif: "):
        [Reader(limits=[0, 255])(source, number) for number in range(9)]


def test_further_series_are_left_out_which_is_said(enlarge):
    with tifffile.TiffWriter("made.tif", ome=True) as file:
        for _ in range(2):
            file.write(np.zeros((2, 8, 9), np.uint8), metadata={"axes": "ZYX"}, photometric="minisblack")
    assert enlarge(Reader(), Path("made.tif"), Path("large.tif")) == ["1 further series of it were left out"]


def test_a_picture_is_none_of_these():
    tifffile.imwrite("rgb.tif", np.zeros((8, 8, 3), np.uint8))
    tifffile.imwrite("deep.tif", np.zeros((8, 8), np.uint16))
    tifffile.imwrite("float.tif", np.zeros((8, 8), np.float32))
    made("ome")
    assert [reader_of(Path(f"{name}.tif")) for name in ("rgb", "deep", "float", "made")] == [
        None,
        None,
        "stack",
        "stack",
    ]
