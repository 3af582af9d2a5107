"""GeoTIFF in and out: values, coordinates, nodata, bands, hostile files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

rasterio = pytest.importorskip("rasterio", reason="the extra satellite")

from sr_experiments.data.decoded.store import high_images  # noqa: E402
from sr_experiments.data.sources.files import image_files  # noqa: E402
from sr_experiments.files.images import ImageError  # noqa: E402
from sr_experiments.files.reader.geotiff import Reader  # noqa: E402


def opened(path, mode: Any = "r") -> Any:
    return tifffile.TiffFile(path, mode=mode)


PLACE = rasterio.Affine(30, 0, 500_000, 0, -30, 4_000_000)


def made(path="made.tif", bands=4, dtype="uint16", nodata=None, pixels=None, **options):
    values = np.random.default_rng(0).integers(100, 5000, (bands, 20, 30)) if pixels is None else pixels
    values = values.astype(dtype)
    profile = {"crs": "EPSG:32618", "transform": PLACE, "count": len(values), "dtype": dtype, "nodata": nodata}
    with rasterio.open(path, "w", driver="GTiff", height=20, width=30, **(profile | options)) as file:
        file.write(values)
        file.descriptions = [f"B{number:02}" for number in range(2, 2 + len(values))]
        file.update_tags(acquired="2026-05-01")
        file.update_tags(1, wavelength="490")
    return Path(path)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_what_nothing_changes_comes_back(dtype, enlarge):
    source = made(dtype=dtype, bands=5)
    assert enlarge(Reader(), source, Path("same.tif"), color=5) == []
    with rasterio.open(source) as before, rasterio.open("same.tif") as after:
        assert np.allclose(after.read(), before.read(), rtol=0, atol=1e-3 if dtype == "float32" else 0)
        assert (after.crs, after.transform, after.nodata) == (before.crs, before.transform, before.nodata)
        assert (after.descriptions, after.dtypes) == (before.descriptions, before.dtypes)
        assert after.tags() == before.tags() and after.tags(1) == before.tags(1)
        assert after.colorinterp == before.colorinterp and after.block_shapes == [(256, 256)] * 5


def test_twice_as_large_halves_the_transform_alone(enlarge):
    enlarge(Reader(), made(), Path("large.tif"), scale=2, color=4)
    with rasterio.open("made.tif") as before, rasterio.open("large.tif") as after:
        assert after.transform == rasterio.Affine(15, 0, 500_000, 0, -15, 4_000_000)
        assert after.bounds == before.bounds and after.crs == before.crs
        assert np.array_equal(after.read()[:, ::2, ::2], before.read())


@pytest.mark.parametrize("nodata", [0, -99999, float("nan")])
def test_nodata_is_enlarged_apart_and_not_learnt_from(nodata, enlarge):
    """Of each band its own; what means something never becomes it."""
    dtype = "uint16" if nodata == 0 else "float32"
    pixels = np.full((2, 20, 30), 1000.0)
    pixels[0, :5, :4], pixels[1, :3] = nodata, nodata
    pixels[1, 10:, 10:] = 1
    source = made(dtype=dtype, nodata=nodata, pixels=pixels)
    enlarge(Reader(limits=[0, 1000]), source, Path("large.tif"), scale=2, color=2)
    with rasterio.open("large.tif") as after:
        large = after.read()
        assert after.nodata == nodata or np.isnan(nodata)
    expected = pixels.repeat(2, 1).repeat(2, 2)
    assert np.allclose(large, expected, equal_nan=True, atol=1e-3)
    learnt = Reader(limits=[0, 1000])(source)
    assert learnt.shape == (2, 15, 30) and learnt.min() > 0 and learnt.max() == 1


def test_a_dark_pixel_does_not_become_nodata(enlarge):
    pixels = np.full((1, 20, 30), 50)
    pixels[0, :2] = 0
    enlarge(Reader(limits=[60, 100]), made(pixels=pixels, nodata=60), Path("large.tif"))
    with rasterio.open("large.tif") as after:
        assert set(np.unique(after.read())) == {61}


def test_bands_are_chosen_by_number_and_by_name(enlarge):
    source = made()
    enlarge(Reader(bands=["B05", 1]), source, Path("two.tif"), color=2)
    with rasterio.open(source) as before, rasterio.open("two.tif") as after:
        assert np.array_equal(after.read(), before.read([4, 1])) and after.descriptions == ("B05", "B02")
        assert after.tags(2)["wavelength"] == "490"
    limits = [[0, 0], [5000, 10_000]]
    with rasterio.open(source) as before:
        expected = before.read([4, 1]) / np.array([5000, 10_000])[:, None, None]
    assert torch.allclose(Reader(bands=[4, 1], limits=limits)(source), torch.from_numpy(expected))
    for band, message in ((9, "has no band 9: expected of 1 \\(B02\\)"), ("B8", "has no band 'B8'")):
        with pytest.raises(ImageError, match=message):
            Reader(bands=[band])(source)
    with pytest.raises(ValueError, match="limits: expected one number or 4, one for each channel, got 2"):
        Reader(limits=limits)(source)


def test_without_a_georeference_there_is_none_in_the_result(enlarge):
    source = made(crs=None, transform=None)
    assert enlarge(Reader(), source, Path("large.tif"), scale=2, color=4) == ["it has no georeference"]
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning), rasterio.open("large.tif") as after:
        assert after.transform.is_identity and after.crs is None


def test_pixels_that_are_no_numbers_are_left_out_or_the_file_is_named(enlarge):
    pixels = np.random.default_rng(0).random((1, 20, 30))
    pixels[0, :, :3], pixels[0, 0, 10] = np.nan, np.inf
    source = made(dtype="float32", pixels=pixels)
    assert Reader()(source).shape == (1, 19, 27)
    enlarge(Reader(), source, Path("large.tif"), scale=2)
    with rasterio.open("large.tif") as after:
        assert np.array_equal(np.isnan(after.read(1)), ~np.isfinite(pixels[0]).repeat(2, 0).repeat(2, 1))
    with pytest.raises(ImageError, match="none of its pixels means anything"):
        Reader()(made(dtype="float32", pixels=np.full((1, 20, 30), np.nan)))


def lying(kind):
    path = made(compress="deflate") if kind == "damaged" else made()
    content = bytearray(path.read_bytes())
    if kind == "cut short":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "damaged":
        with opened(path) as file:
            start = file.pages[0].dataoffsets[0]
        path.write_bytes(content[:start] + b"\xff" * 400 + content[start + 400 :])
    elif kind == "no tiff":
        path.write_bytes(b"<VRTDataset rasterXSize='20' rasterYSize='20'></VRTDataset>")
    elif kind == "complex":
        made(dtype="complex64")
    else:
        with opened(path, mode="r+") as file:
            for name in ("ImageWidth", "ImageLength"):
                tag = file.pages[0].tags[name]
                tag.overwrite(60_000)
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut short", "no GeoTIFF that can be read"),
        ("damaged", "no GeoTIFF that can be read"),
        ("no tiff", "no GeoTIFF that can be read"),
        ("complex", "expected whole numbers or floats, got complex64"),
        ("sizes", "60,000×60,000 pixels of 4 channels are more than"),
    ],
)
def test_a_hostile_file_is_refused_by_name_and_its_neighbours_are_read(kind, message, tmp_path):
    path = lying(kind)
    with pytest.raises(ImageError, match=rf"made\.tif: .*{message}"):
        Reader()(path)
    made("whole.tif")
    made("x_five.tif", bands=5)
    made("x_eight.tif", dtype="uint8")
    made("x_wide.tif", pixels=np.full((4, 20, 30), 60_000))
    images = high_images(image_files([tmp_path], Reader(limits=[0, 5000])))
    assert images.names == ["whole"] and len(images.problems) == 4
    assert "x_eight.tif: its numbers have 8 bits, limits reach 5000: of another unit" in images.problems[1]
    assert "x_five.tif: expected 4 channels, as the first image has, got 5" in images.problems[2]
    assert "x_wide.tif: nearly all of its values lie beyond limits: of another depth or unit" in images.problems[3]
