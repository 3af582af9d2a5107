"""What image files may be: read without a loss, or refused by name."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from conftest import picture
from PIL import Image, ImageCms

from sr_experiments.files.images import read_image, write_image


def pixels(path) -> np.ndarray:
    return read_image(path).permute(1, 2, 0).numpy()


@pytest.fixture
def rgb() -> np.ndarray:
    return picture(20, 31)


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif", ".ppm"])
def test_lossless_formats(tmp_path, rgb, suffix):
    Image.fromarray(rgb).save(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(pixels(tmp_path / f"a{suffix}"), rgb)


def test_write_and_read_again(tmp_path, rgb):
    write_image(tmp_path / "b.png", read_image_of(tmp_path, rgb))
    np.testing.assert_array_equal(pixels(tmp_path / "b.png"), rgb)


def read_image_of(folder, array):
    Image.fromarray(array).save(folder / "a.png")
    return read_image(folder / "a.png")


def test_grey_and_two_colored_become_three_equal_channels(tmp_path, rgb):
    grey = rgb[..., 0]
    np.testing.assert_array_equal(read_image_of(tmp_path, grey).numpy(), np.stack([grey] * 3))
    bits = grey > 100
    np.testing.assert_array_equal(read_image_of(tmp_path, bits).numpy(), np.stack([bits * np.uint8(255)] * 3))


def test_a_color_profile_changes_no_number(tmp_path, rgb):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    for suffix in (".png", ".tif", ".webp"):
        Image.fromarray(rgb).save(tmp_path / f"a{suffix}", icc_profile=profile.tobytes(), lossless=True)
        np.testing.assert_array_equal(pixels(tmp_path / f"a{suffix}"), rgb)


def test_a_palette_becomes_its_colors(tmp_path, rgb):
    indexed = Image.fromarray(rgb).quantize(16)
    indexed.save(tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").mode == "P"
    np.testing.assert_array_equal(pixels(tmp_path / "a.png"), np.asarray(indexed.convert("RGB")))


def test_an_alpha_channel_that_hides_nothing_goes(tmp_path, rgb):
    opaque = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    np.testing.assert_array_equal(read_image_of(tmp_path, opaque).permute(1, 2, 0), rgb)


def test_an_alpha_channel_that_hides_something_is_refused(tmp_path, rgb):
    alpha = np.full(rgb.shape[:2], 255, np.uint8)
    alpha[3, 4] = 254
    with pytest.raises(ValueError, match=r"a\.png: expected an opaque image"):
        read_image_of(tmp_path, np.dstack([rgb, alpha]))


def test_transparency_of_a_palette_is_refused(tmp_path, rgb):
    Image.fromarray(rgb).quantize(16).save(tmp_path / "a.png", transparency=0)
    with pytest.raises(ValueError, match=r"a\.png: expected an opaque image"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied(tmp_path, rgb, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(rgb).save(tmp_path / "a.png", exif=exif)
    upright = {
        1: rgb,
        2: rgb[:, ::-1],
        3: rgb[::-1, ::-1],
        4: rgb[::-1],
        5: rgb.transpose(1, 0, 2),
        6: np.rot90(rgb, -1),
        7: np.rot90(rgb, 2).transpose(1, 0, 2),
        8: np.rot90(rgb),
    }
    np.testing.assert_array_equal(pixels(tmp_path / "a.png"), upright[orientation])


def png_of_16_bits(path, color_type: int, channels: int) -> None:
    rows = np.random.default_rng(0).integers(0, 1 << 16, (4, 5 * channels)).astype(">u2")
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", 5, 4, 16, color_type, 0, 0, 0),
        b"IDAT": zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)),
        b"IEND": b"",
    }
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts.items()]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def test_sixteen_bits_are_refused(tmp_path):
    """The bug: Pillow opens RGB of 16 bits as RGB of 8, dropping half of the bits in silence."""
    png_of_16_bits(tmp_path / "grey.png", 0, 1)
    png_of_16_bits(tmp_path / "rgb.png", 2, 3)
    tifffile.imwrite(tmp_path / "rgb.tif", np.zeros((4, 5, 3), np.uint16))
    tifffile.imwrite(tmp_path / "float.tif", np.zeros((4, 5), np.float32))
    (tmp_path / "rgb.ppm").write_bytes(b"P6 5 4 65535\n" + bytes(4 * 5 * 6))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(ValueError, match=f"{path.name}: (expected an 8-bit RGB or grey image, got|no image)"):
            read_image(path)


def test_cmyk_is_refused(tmp_path, rgb):
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match=r"a\.jpg: expected an 8-bit RGB or grey image, got mode CMYK"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
def test_a_truncated_file_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    Image.fromarray(picture(64, 64)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(ValueError, match=rf"a\{suffix}: no image that can be read"):
        read_image(path)


def test_no_image_at_all_is_refused(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(ValueError, match=r"a\.png: no image that can be read"):
        read_image(tmp_path / "a.png")


def test_an_image_too_large_to_be_one_is_refused(tmp_path, monkeypatch):
    Image.fromarray(picture(40, 40)).save(tmp_path / "a.png")
    monkeypatch.setenv("SR_MAX_PIXELS", "1599")
    with pytest.raises(ValueError, match=r"a\.png: .*\(more than 1,599 pixels; data.max_pixels"):
        read_image(tmp_path / "a.png")
    monkeypatch.setenv("SR_MAX_PIXELS", "1.6e3")
    assert read_image(tmp_path / "a.png").shape == (3, 40, 40)
    monkeypatch.setenv("SR_MAX_PIXELS", "many")
    with pytest.raises(ValueError, match=r"expected a number of pixels in .*SR_MAX_PIXELS, got 'many'"):
        read_image(tmp_path / "a.png")
