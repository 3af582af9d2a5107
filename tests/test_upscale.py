"""sr-upscale: pictures of all kinds, kept with what they carry."""

import json
import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from conftest import picture
from PIL import Image, ImageCms
from PIL.ExifTags import IFD, Base
from PIL.PngImagePlugin import PngInfo

from sr_experiments.config import build
from sr_experiments.files.deep import read_deep
from sr_experiments.module.weights import save_weights
from sr_experiments.trained import run_folder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unexported")]

RGB = picture(24, 36)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'


def exif():
    made = Image.Exif()
    made[Base.Orientation], made[Base.Make] = 6, "Camera"
    made[IFD.Exif] = {Base.ExposureTime: (1, 50), Base.ExifImageWidth: 36, Base.ExifImageHeight: 24}
    made[IFD.GPSInfo] = {1: "N", 2: (1.0, 2.0, 3.0)}
    return made


def saved(name: str, image: np.ndarray | Image.Image = RGB, **options):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(path, **options)
    return path


def loaded(path) -> Any:
    image = Image.open(path)
    image.load()
    return image


KEPT = {
    "png": {"profile", "exif", "xmp", "dpi"},
    "tiff": {"profile", "exif", "xmp", "dpi"},
    "jpeg": {"profile", "exif", "xmp", "dpi"},
    "webp": {"profile", "exif", "xmp"},
    "avif": {"profile", "exif", "xmp"},
    "bmp": {"dpi"},
    "ppm": set(),
    "gif": set(),
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_a_photo_carries_is_kept_where_the_format_can_and_said_where_not(command, kind):
    """Its way up is applied once: the tag is gone, or says so."""
    saved("photo.jpg", quality=95, exif=exif(), xmp=XMP, dpi=(300, 300), icc_profile=SRGB)
    done = command("upscale", "photo.jpg", "--format", kind)
    assert done.code == 0, done.err
    (path,) = Path("upscaled").glob("photo.*")
    image = loaded(path)
    assert image.size == (48, 72)
    turned = np.asarray(Image.fromarray(np.rot90(RGB, 3)).resize((48, 72), Image.Resampling.BICUBIC)).astype(float)
    assert np.sqrt(((np.asarray(image.convert("RGB")) - turned) ** 2).mean()) < 20
    found = image.getexif()
    assert found.get(Base.Orientation, 1) == 1
    kept = {"profile"} if image.info.get("icc_profile") == SRGB else set()
    kept |= {"xmp"} if b'Orientation="1"' in (image.info.get("xmp") or b"") else set()
    kept |= {"dpi"} if round(image.info.get("dpi", (0, 0))[0]) == 300 else set()
    if found.get(Base.Make) == "Camera":
        inside = found.get_ifd(IFD.Exif)
        assert inside[Base.ExposureTime] in ((1, 50), 0.02)
        assert (inside[Base.ExifImageWidth], inside[Base.ExifImageHeight]) == (48, 72)
        assert found.get_ifd(IFD.GPSInfo)[1] == "N"
        kept.add("exif")
    assert kept == KEPT[kind]
    lost = {"profile": "color profile", "exif": "EXIF", "xmp": "XMP", "dpi": "dots per inch"}
    assert all((words in done.out) == (name not in kept) for name, words in lost.items())


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bits_stay_16_bits(command, suffix, channels):
    deep = RGB[..., :channels].astype(np.uint16) * 257 + 3
    tifffile.imwrite("in.tif", deep.squeeze(), photometric="rgb" if channels == 3 else "minisblack")
    assert command("upscale", "in.tif", "--output", f"out{suffix}").code == 0
    high = read_deep(Path(f"out{suffix}")).numpy()
    assert high.dtype == np.uint16 and high.shape == (3, 48, 72) and len(np.unique(high % 257)) > 100
    done = command("upscale", "in.tif", "--format", "jpeg")
    assert "16 bits became 8" in done.out and loaded("upscaled/in.jpg").size == (72, 48)


def test_alpha_is_enlarged_and_laid_over_white_where_there_is_none(command):
    alpha = np.zeros((24, 36, 1), np.uint8)
    alpha[6:18, 9:27] = 255
    saved("logo.png", np.dstack([RGB, alpha]), compress_level=1)
    assert command("upscale", "logo.png", "--format", "webp").code == 0
    assert loaded("upscaled/logo.webp").mode == "RGBA"
    done = command("upscale", "logo.png", "--format", "jpeg")
    assert "transparency was laid over white" in done.out
    assert loaded("upscaled/logo.jpg").getpixel((1, 1)) == (255, 255, 255)


def test_palettes_and_cmyk_become_rgb_and_text_is_kept(command):
    text = PngInfo()
    text.add_itxt("Title", "Wellen – waves")
    saved("palette.png", Image.fromarray(RGB).quantize(16), pnginfo=text)
    saved("print.jpg", Image.fromarray(RGB).convert("CMYK"))
    done = command("upscale", "palette.png", "print.jpg")
    assert "a palette became RGB" in done.out and "CMYK became RGB" in done.out
    assert loaded("upscaled/palette.png").text["Title"] == "Wellen – waves"
    assert loaded("upscaled/print.png").mode == "RGB"


@pytest.mark.parametrize("kind", ["png", "webp", "gif"])
@pytest.mark.parametrize("alpha", [False, True])
def test_animations_keep_frames_delays_and_loops(command, kind, alpha):
    frames = [Image.fromarray(np.roll(RGB, 6 * shift, 1)) for shift in range(3)]
    if alpha:
        for place, frame in enumerate(frames):
            frame.putalpha(Image.fromarray(np.roll(np.tri(24, 36, dtype=np.uint8) * 255, 6 * place, 1)))
    saved(
        "in.webp",
        frames[0],
        save_all=True,
        append_images=frames[1:],
        duration=[40, 120, 80],
        loop=3,
        lossless=True,
        xmp=XMP,
    )
    done = command("upscale", "in.webp", "--format", kind, "--scale", "3")
    assert done.code == 0, done.err
    (path,) = Path("upscaled").glob("in.*")
    image = loaded(path)
    delays = []
    for place in range(image.n_frames):
        image.seek(place)
        image.load()
        delays.append(image.info["duration"])
        shown, expected = (np.asarray(each.convert("RGBA")) for each in (image, frames[place]))
        assert ((shown[1::3, 1::3, 3] > 128) == (expected[..., 3] > 128)).mean() > 0.95
    assert (image.size, delays, image.info["loop"]) == ((108, 72), [40, 120, 80], 3)
    assert kind == "gif" or b'Orientation="1"' in loaded(path).info["xmp"]
    done = command("upscale", "in.webp", "--format", "jpeg")
    assert done.code == 1 and "JPEG holds no 3 frames: choose --format png, webp" in done.err


def test_a_folder_s_tree_is_kept_what_is_bad_named_and_what_is_missing_done(command):
    odd = 'it\'s [1] "big"\n\N{GRINNING FACE}.png'
    for name in ("in/a.jpg", f"in/below/{odd}", "in/.hidden.png"):
        saved(name)
    Path("in/bad.png").write_bytes(Path("in/a.jpg").read_bytes()[:300])
    Path("in/notes.txt").write_text("no picture")
    os.mkfifo("in/pipe.png")
    before = {path: path.read_bytes() for path in Path("in").rglob("*") if path.is_file()}
    done = command("upscale", "in", "--output", "out")
    assert done.code == 1
    assert "error: in/bad.png: no image that can be read" in done.err
    assert "error: in/pipe.png: expected a file" in done.err and "2 of 4 inputs" in done.err
    assert {path.relative_to("out") for path in Path("out").rglob("*.*g")} == {Path("a.png"), Path("below", odd)}
    assert r"\n" in done.out and "\N{GRINNING FACE}" in done.out
    assert {path: path.read_bytes() for path in Path("in").rglob("*") if path.is_file()} == before

    Path("in/pipe.png").unlink()
    saved("in/bad.png")
    times = {path: path.stat().st_mtime_ns for path in Path("out").rglob("*.png")}
    done = command("upscale", "in", "--output", "out", "--scale", "2")
    assert (
        done.code == 0
        and done.out.count("is there already") == 2
        and "out/bad.png  72×48 from 36×24 by fsrcnn_x2" in done.out
    )
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())

    done = command("upscale", "in", "--output", "out", "--scale", "3")
    assert done.code == 1 and done.err.count("is not what these settings made of this picture") == 3
    assert command("upscale", "in", "--output", "out", "--scale", "3", "--overwrite").code == 0
    assert loaded("out/a.png").size == (108, 72)


def test_patterns_and_names_that_look_like_one(command):
    for name in ("a1.png", "a2.png", "[a1].png"):
        saved(name)
    assert command("upscale", "[a1].png").out.count("from") == 1
    assert command("upscale", "a?.png", "--format", "same").out.count("from") == 2


REFUSED = {
    "nothing there": (["nosuch.png"], "nosuch.png: expected a picture, a film, a folder or a pattern"),
    "an empty folder": (["empty"], "no pictures or films in empty"),
    "one result of two": (["a.png", "a.jpg"], "a.png and a.jpg would both make upscaled/a.png"),
    "over itself": (["a.png", "--output", "."], "a.png is an input that would be enlarged itself"),
    "over another input": (["d", "e/a.png", "--output", ".", "--overwrite"], "e/a.png is an input that would be"),
    "a file as folder": (["a.png", "a.jpg", "--output", "a.png"], "expected a folder"),
    "a misspelt ending": (["a.png", "--output", "big.pgn"], "--output big.pgn: expected an ending of "),
    "a kind not written": (["a.jp2", "--format", "same"], "JPEG2000 is not written"),
    "a scale that does not ship": (["a.png", "--scale", "7"], r"expected one of the networks that ship (×2, ×3, ×4)"),
    "another run's scale": (["a.png", "--run", "espcn_x2", "--scale", "3"], "makes scale=2 alone"),
    "no run": (["a.png", "--run", "nosuch"], "nosuch: expected a run directory"),
    "a folder that is no run": (["a.png", "--run", "."], "expected a run directory, but there is no run.json in it"),
    "a run without weights": (["a.png", "--run", "run"], "weights.safetensors"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_before_the_first_picture(command, case):
    for name in ("a.png", "a.jpg", "a.jp2", "d/e/a.jpg", "e/a.png"):
        saved(name)
    for folder in ("empty", "run"):
        Path(folder).mkdir()
    Path("run/run.json").write_bytes((run_folder("espcn_x2") / "run.json").read_bytes())
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    arguments, message = REFUSED[case]
    done = command("upscale", *arguments)
    assert done.code == 1 and done.err.startswith("error: ") and message in done.err
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_sizes_that_are_asked_for(command):
    saved("a.png")
    assert command("upscale", "a.png", "--width", "101", "--output", "wide.png").code == 0
    assert command("upscale", "a.png", "--fit", "500x50", "--output", "fit.png").code == 0
    assert command("upscale", "a.png", "--format", "JPG", "--output", "small").code == 0
    assert loaded("wide.png").size == (101, 67) and loaded("fit.png").size == (75, 50)
    assert loaded("small/a.jpg").size == (72, 48)


@pytest.mark.parametrize(
    "size", [(1, 1), *(pytest.param(size, marks=pytest.mark.slow) for size in ((1, 20000), (20000, 1)))]
)
def test_the_smallest_and_the_longest(command, size):
    saved("thin.png", np.full((*size, 3), 90, np.uint8))
    assert command("upscale", "thin.png").code == 0
    assert loaded("upscaled/thin.png").size == (2 * size[1], 2 * size[0])
    if max(size) > 1:
        done = command("upscale", "thin.png", "--format", "webp")
        assert done.code == 1 and "WEBP holds at most 16,383 pixels a side" in done.err
        assert "choose --format png or tiff" in done.err and not Path("upscaled/thin.webp").exists()


def test_a_network_that_sees_the_whole_picture_says_that_it_is_blended(command, compose):
    config = compose("model=rcan", "model.width=16", "model.decoder.groups=1", "model.decoder.blocks=1", "scale=2")
    Path("run").mkdir()
    save_weights(build(config, "model"), Path("run/weights.safetensors"))
    facts = {"format": 1, "status": "finished", "signature": "0123456789ab", "seed": 0, "choices": {}}
    Path("run/run.json").write_text(json.dumps({**facts, "config": config}))
    saved("small.png")
    saved("long.png", picture(4, 520))
    done = command("upscale", "small.png", "long.png", "--run", "run")
    assert done.code == 0 and done.out.count("its network sees the whole picture: blended of pieces of") == 1
    assert loaded("upscaled/long.png").size == (1040, 8)


def test_a_tiff_that_was_cut_short_is_refused_and_leaves_nothing(command):
    for compression in (None, "zlib"):
        tifffile.imwrite("a.tif", np.zeros((300, 40, 3), np.uint8) + 7, rowsperstrip=16, compression=compression)
        content = Path("a.tif").read_bytes()
        Path("cut.tif").write_bytes(content[: len(content) * 2 // 3])
        done = command("upscale", "cut.tif")
        assert done.code == 1 and "error: cut.tif: no image that can be read" in done.err
    Path("a.tif").write_bytes(content[:-200] + bytes(200))
    assert command("upscale", "a.tif").code == 1
    assert not Path("upscaled").exists() or not any(Path("upscaled").iterdir())


def test_a_bomb_is_refused_and_so_is_making_one(command, monkeypatch):
    saved("bomb.png")
    done = command("upscale", "bomb.png", "--width", "1000000")
    assert done.code == 1 and "of which 715,827,880 may be in memory: SR_MAX_PIXELS" in done.err
    monkeypatch.setenv("SR_MAX_PIXELS", "100")
    done = command("upscale", "bomb.png")
    assert done.code == 1 and "bomb.png: no image that can be read (more than 100 pixels" in done.err
    monkeypatch.setenv("SR_MAX_PIXELS", str(3 * 24 * 36))
    frames = [Image.fromarray(RGB + shift) for shift in range(4)]
    saved("bomb.gif", frames[0], save_all=True, append_images=frames[1:])
    done = command("upscale", "bomb.gif")
    assert done.code == 1 and "bomb.gif: no image that can be read (more than 2,592 pixels" in done.err


def test_a_full_disk_leaves_nothing_half_written(command):
    saved("a.png", np.random.default_rng(0).integers(0, 256, (80, 80, 3), np.uint8))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        done = [command("upscale", "a.png", "--format", kind) for kind in ("png", "tiff", "bmp")]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [each.code for each in done] == [1, 1, 1] and all("File too large" in each.err for each in done)
    assert not any(Path("upscaled").iterdir())


def test_what_lies_in_a_result_s_place_stays_links_included(command):
    saved("a.png")
    Path("upscaled").mkdir()
    Path("upscaled/a.png").symlink_to("../elsewhere.png")
    done = command("upscale", "a.png")
    assert done.code == 1 and "choose another --output, or --overwrite it" in done.err
    assert command("upscale", "a.png", "--overwrite").code == 0
    assert not Path("elsewhere.png").exists() and not Path("upscaled/a.png").is_symlink()
