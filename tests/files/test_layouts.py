"""One picture in files of many layouts and depths: the same pixels, or refused in one line."""

import struct
import zlib
from functools import partial
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
import torch
from conftest import picture
from PIL import Image

from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.files import folder_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.deep import read_deep
from sr_experiments.files.formats import READ
from sr_experiments.files.images import ImageError, read_image

RGB = picture(48, 60)
PLANES = np.moveaxis(RGB, -1, 0)
DEEP = (257 * RGB.astype(np.uint16)) ^ np.random.default_rng(0).integers(0, 256, RGB.shape).astype(np.uint16)
DEEP_PLANES = np.moveaxis(DEEP, -1, 0)
ALPHA = np.dstack([RGB, np.full((48, 60), 255, np.uint8)])

COLOR: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "contiguous": (RGB, {}),
    "big-endian": (RGB, {"byteorder": ">"}),
    "BigTIFF": (RGB, {"bigtiff": True}),
    "LZW": (RGB, {"compression": "lzw"}),
    "predicted": (RGB, {"compression": "zlib", "predictor": True}),
    "strips": (RGB, {"rowsperstrip": 5}),
    "tiled": (RGB, {"tile": (32, 32)}),
    "planar": (PLANES, {"planarconfig": "separate"}),
    "planar, deflate": (PLANES, {"planarconfig": "separate", "compression": "zlib"}),
    "planar, tiled": (PLANES, {"planarconfig": "separate", "tile": (32, 32)}),
    "opaque alpha": (ALPHA, {"extrasamples": ["unassalpha"]}),
}
DEEP_COLOR: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "contiguous": (DEEP, {}),
    "big-endian": (DEEP, {"byteorder": ">"}),
    "LZW, predicted": (DEEP, {"compression": "lzw", "predictor": True}),
    "tiled": (DEEP, {"tile": (32, 32)}),
    "planar": (DEEP_PLANES, {"planarconfig": "separate"}),
    "planar, deflate": (DEEP_PLANES, {"planarconfig": "separate", "compression": "zlib"}),
    "planar, tiled": (DEEP_PLANES, {"planarconfig": "separate", "tile": (32, 32)}),
    "opaque alpha": (np.dstack([DEEP, np.full((48, 60), 65535, np.uint16)]), {"extrasamples": ["unassalpha"]}),
    "one row": (DEEP[:1], {}),
    "one pixel": (DEEP[:1, :1], {}),
}


def written(path, pixels, **layout: Any):
    tifffile.imwrite(path, pixels, **layout)
    return path


def planes(pixels):
    return torch.from_numpy(pixels.astype(np.int64)).permute(2, 0, 1)


@pytest.mark.parametrize("layout", COLOR)
def test_a_tiff_of_any_layout_has_the_same_pixels(tmp_path, layout):
    pixels, options = COLOR[layout]
    path = written(tmp_path / "a.tif", pixels, photometric="rgb", **options)
    assert torch.equal(read_image(path).long(), planes(RGB))
    assert torch.equal(read_deep(path), read_image(path))


@pytest.mark.parametrize("layout", DEEP_COLOR)
def test_a_deep_tiff_of_any_layout_has_the_same_pixels(tmp_path, layout):
    """The bug: planes of 16 bits were read as 8 without a word, and compressed ones as 96 channels."""
    pixels, options = DEEP_COLOR[layout]
    path = written(tmp_path / "a.tif", pixels, photometric="rgb", **options)
    assert torch.equal(read_deep(path).long(), planes(DEEP if pixels.size > 540 else pixels))
    with pytest.raises(ImageError, match="got 16 bits a channel"):
        read_image(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_may_be_the_least(tmp_path, dtype):
    """The bug: grey of 16 bits came out as a negative."""
    grey = (DEEP if dtype == np.uint16 else RGB)[..., :1].copy()
    path = written(tmp_path / "a.tif", np.iinfo(dtype).max - grey[..., 0], photometric="miniswhite")
    expected = planes(grey).expand(3, -1, -1)
    assert torch.equal(read_deep(path).long(), expected)


def test_few_bits_and_palettes_and_jpeg_in_a_tiff(tmp_path):
    bits = RGB[..., 0] > 100
    for name, image in {
        "g4": Image.fromarray(bits),
        "palette": Image.fromarray(RGB).quantize(16),
        "jpeg": Image.fromarray(RGB),
    }.items():
        image.save(tmp_path / f"{name}.tif", compression={"g4": "group4", "jpeg": "jpeg"}.get(name))
        expected = np.array(Image.open(tmp_path / f"{name}.tif").convert("RGB"))
        assert torch.equal(read_image(tmp_path / f"{name}.tif").long(), planes(expected))
        assert np.abs(expected.astype(int) - np.array(image.convert("RGB"))).mean() < (3 if name == "jpeg" else 1e-9)


@pytest.mark.parametrize("page", ["second", "sub", "reduced"])
def test_a_second_page_is_refused_and_a_thumbnail_is_none(tmp_path, page):
    """The bug: two pages of 16 bits ended in a traceback of `permute`, on_bad=skip or not."""
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(DEEP, photometric="rgb", subifds=int(page == "sub"))
        file.write(DEEP[::4, ::4], photometric="rgb", subfiletype=int(page != "second"))
    if page == "second":
        with pytest.raises(ImageError, match="expected a still image, got 2 frames"):
            read_deep(tmp_path / "a.tif")
    else:
        assert torch.equal(read_deep(tmp_path / "a.tif").long(), planes(DEEP))


REFUSED = {
    "floats": (lambda path: written(path, (RGB / 255).astype(np.float32), photometric="rgb"), "none of the kinds"),
    "integers of 32 bits": (lambda path: written(path, RGB[..., 0].astype(np.int32)), "got 32 bits a channel"),
    "signed integers": (lambda path: written(path, RGB[..., 0].astype(np.int16)), "got 1 channels of int16"),
    "five bands": (lambda path: written(path, np.zeros((48, 60, 5), np.uint16), photometric="minisblack"), ""),
    "CMYK of 16 bits": (lambda path: written(path, np.dstack([DEEP, DEEP[..., :1]]), photometric="separated"), ""),
    "CMYK": (lambda path: Image.fromarray(RGB).convert("CMYK").save(path), "mode CMYK"),
    "LAB": (lambda path: Image.fromarray(RGB).convert("LAB").save(path), "mode LAB"),
    "transparency": (lambda path: written(path, ALPHA // 2, photometric="rgb", extrasamples=["unassalpha"]), "opaque"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_tiff_that_would_lose_something_is_one_line(tmp_path, kind):
    save, reason = REFUSED[kind]
    save(tmp_path / "a.tif")
    for read in (read_deep, read_image):
        with pytest.raises(ImageError, match=rf"^\S*a\.tif: .*{reason if read is read_deep else ''}"):
            read(tmp_path / "a.tif")


def bmp_565(pixels) -> bytes:
    red, green, blue = np.moveaxis(pixels.astype(np.uint16), -1, 0)
    data = ((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).astype("<u2")[::-1].tobytes()
    height, width = pixels.shape[:2]
    head = struct.pack("<2sIHHI", b"BM", 66 + len(data), 0, 0, 66)
    head += struct.pack("<IiiHHIIiiII", 40, width, height, 1, 16, 3, len(data), 0, 0, 0, 0)
    return head + struct.pack("<III", 0xF800, 0x7E0, 0x1F) + data


def test_fewer_than_eight_bits_are_no_more_than_eight(tmp_path):
    """The bug: a BMP of 565 bits and a PPM with a maximum of 100 were said to have more than 8 bits a channel."""
    (tmp_path / "a.bmp").write_bytes(bmp_565(RGB))
    assert (read_image(tmp_path / "a.bmp").int() - planes(RGB)).abs().max() <= 8
    coarse = (RGB.astype(int) * 100 // 255).astype(np.uint8)
    (tmp_path / "a.ppm").write_bytes(b"P6\n60 48\n100\n" + coarse.tobytes())
    assert torch.equal(read_image(tmp_path / "a.ppm").long(), planes(np.rint(coarse / 100 * 255)))


@pytest.mark.parametrize("suffix", sorted(READ))
def test_every_suffix_is_read(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if READ[suffix] == "QOI":
        path.write_bytes(imagecodecs.qoi_encode(RGB))
    else:
        image = Image.fromarray(RGB) if suffix not in (".gif", ".pbm", ".pgm") else Image.fromarray(RGB[..., 0])
        image.convert("1" if suffix == ".pbm" else image.mode).save(path, READ[suffix])
    assert read_image(path).shape == (3, 48, 60)
    lossless = READ[suffix] not in ("JPEG", "AVIF", "WEBP") and suffix not in (".gif", ".pbm", ".pgm")
    assert torch.equal(read_image(path).long(), planes(RGB)) or not lossless


DEEPER = {
    "a.jp2": lambda: imagecodecs.jpeg2k_encode(DEEP, level=0),
    "grey.jp2": lambda: imagecodecs.jpeg2k_encode(DEEP[..., 0].copy(), level=0),
    "a.avif": lambda: imagecodecs.avif_encode(DEEP >> 6, bitspersample=10),
    "a.ppm": lambda: b"P6 60 48 1023\n" + (DEEP >> 6).astype(">u2").tobytes(),
}


@pytest.mark.parametrize("name", DEEPER)
def test_bits_that_pillow_would_drop_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(DEEPER[name]())
    for read in (read_image, read_deep):
        with pytest.raises(ImageError, match=r"got 1[06] bits a channel"):
            read(tmp_path / name)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_deep_image_is_turned_as_one_of_8_bits(tmp_path, orientation):
    exif: dict[str, Any] = {"extratags": [(0x0112, 3, 1, orientation, True)], "photometric": "rgb"}
    deep = read_deep(written(tmp_path / "deep.tif", DEEP, **exif))
    assert torch.equal(deep.int() >> 8, read_image(written(tmp_path / "a.tif", RGB, **exif)).int())


def test_a_transparent_color_of_16_bits_is_refused(tmp_path):
    content = imagecodecs.png_encode(DEEP)
    chunk = b"tRNS" + struct.pack(">HHH", *DEEP[0, 0].tolist())
    place = content.index(b"IDAT") - 4
    extra = struct.pack(">I", 6) + chunk + struct.pack(">I", zlib.crc32(chunk))
    (tmp_path / "a.png").write_bytes(content[:place] + extra + content[place:])
    with pytest.raises(ImageError, match=r"a\.png: expected an opaque image"):
        read_deep(tmp_path / "a.png")


def test_what_cannot_be_read_is_a_line_in_the_list(tmp_path):
    for kind, (save, _) in REFUSED.items():
        save(tmp_path / f"{kind.replace(' ', '_')}.tif")
    Image.fromarray(RGB).save(tmp_path / "good.png")
    with pytest.raises(ValueError, match=rf"^{len(REFUSED)} of {len(REFUSED) + 1} images cannot be used:") as caught:
        read_pairs(folder_files(tmp_path), partial(bicubic, scale=2), 2)
    assert len(str(caught.value).splitlines()) == len(REFUSED) + 2


def test_only_pictures_are_opened(tmp_path):
    """A PostScript file under another name would be run by Ghostscript."""
    Image.fromarray(RGB).save(tmp_path / "a.eps")
    (tmp_path / "a.eps").rename(tmp_path / "a.png")
    with pytest.raises(ImageError, match="of none of the kinds that are read: PNG, JPEG"):
        read_image(tmp_path / "a.png")
