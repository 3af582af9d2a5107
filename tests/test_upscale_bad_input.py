"""sr-upscale: what lies in its way is said in one line, nothing is half-written, no input is touched."""

import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from conftest import picture
from PIL import Image

from sr_experiments.files.kinds import KINDS
from sr_experiments.files.write import check_kind

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unexported")]

RGB = picture(12, 18)
NOBODY = 65534


def save(name: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RGB).save(path)
    return path


@contextmanager
def as_nobody() -> Iterator[None]:
    """What permissions forbid is forbidden, as it is not to root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_read_only_and_unreadable_places(command):
    for name in ("a.png", "closed/a.png", "secret.png"):
        save(name)
    Path("full").mkdir()
    for name, mode in (("full", 0o555), ("closed", 0), ("secret.png", 0), (".", 0o755)):
        Path(name).chmod(mode)
    command("upscale", "a.png", "--output", "before.png")  # which imports what is needed
    with as_nobody():
        done = [
            command("upscale", "a.png", "--output", "full/deeper"),
            command("upscale", "a.png", "--output", "full"),
            command("upscale", "secret.png", "a.png", "--output", "/dev/null/x"),
            command("upscale", "secret.png"),
            command("upscale", "closed"),
        ]
    Path("closed").chmod(0o755)
    expected = ["Permission denied: 'full/deeper'", "Permission denied: 'full/", "Not a directory", "Permission denied"]
    assert all(each.code == 1 and text in each.err for each, text in zip(done, expected, strict=False))
    assert done[-1].code == 1 and "no pictures or films in closed" in done[-1].err
    assert not list(Path("full").iterdir()) and not Path("upscaled").exists()


def test_folders_called_as_files_are_and_files_as_folders(command):
    save("in.png/a.png")
    Path("out.png").mkdir()
    assert command("upscale", "in.png", "--output", "out.png").code == 0
    assert Image.open("out.png/a.png").size == (36, 24)
    done = command("upscale", "in.png/a.png", "--output", "in.png/a.png/deeper")
    assert done.code == 1 and "Not a directory" in done.err
    done = command("upscale", "in.png", "in.png/a.png", "--output", "in.png/a.png")
    assert done.code == 1 and "in.png/a.png is an input that would be enlarged itself" in done.err
    done = command("upscale", "")
    assert done.code == 1 and "an empty name: expected a picture, a film, a folder or a pattern" in done.err


def test_links_that_lead_out_or_around(command):
    save("elsewhere/private.png")
    save("in/a.png")
    for name, target in (("out", "../elsewhere"), ("around", "."), ("up", ".."), ("b.png", "../elsewhere/private.png")):
        Path("in", name).symlink_to(target)
    for name, target in (("gone.png", "nowhere"), ("self.png", "self.png"), ("endless.png", "/dev/zero")):
        Path("in", name).symlink_to(target)
    done = command("upscale", "in", "--output", "made")
    made = {str(path.relative_to("made")) for path in Path("made").rglob("*.png")}
    assert made == {"a.png", "b.png"}  # a link to a picture is one
    assert done.code == 1 and "3 of 5 inputs could not be enlarged" in done.err
    assert done.err.count("expected a file; it is none, or a link leads nowhere") == 3


def test_a_picture_without_a_side_and_one_of_too_many_pixels(command):
    content = save("a.png").read_bytes()
    for name, width, height in (("none.png", 0, 12), ("bomb.png", 60000, 60000)):
        head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        Path(name).write_bytes(content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:])
    Path("empty.jpg").touch()
    done = command("upscale", "none.png", "bomb.png", "empty.jpg")
    assert done.code == 1 and done.err.count("no image that can be read") == 3 and not Path("upscaled").exists()
    assert "bomb.png: no image that can be read (more than 178,956,970 pixels" in done.err


def test_notes_of_results_that_others_wrote_over(command):
    save("a.png")
    Path("upscaled").mkdir()
    Path("upscaled/.sr-upscale.jsonl").write_bytes(b'\xff\xfe{"broken\n[1]\n')
    assert command("upscale", "a.png").code == 0
    assert "is there already" in command("upscale", "a.png").out


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", pytest.param("AVIF", marks=pytest.mark.slow), "GIF"])
def test_formats_hold_what_they_are_said_to_and_no_more(kind):
    """A row of one pixel more can't be written, or what is written not read again."""

    def kept(side: int) -> bool:
        file = BytesIO()
        try:
            Image.fromarray(np.zeros((1, side, 3), np.uint8)).save(file, kind, **KINDS[kind].options)
            return Image.open(file).size == (side, 1)
        except (OSError, ValueError, OverflowError):
            return False

    most = KINDS[kind].largest
    assert kept(most) and not kept(most + 1)
    check_kind(kind, most, 1, frames=1, whole=True)
    with pytest.raises(ValueError, match=f"{kind} holds at most {most:,} pixels a side, .*choose --format png or tiff"):
        check_kind(kind, 1, most + 1, frames=1, whole=True)


def test_an_avif_of_more_pixels_than_its_decoder_reads_is_refused():
    check_kind("AVIF", 16384, 16384, frames=1, whole=True)
    with pytest.raises(ValueError, match="AVIF holds at most 268,435,456 pixels, the result has 16,384×16,385"):
        check_kind("AVIF", 16384, 16385, frames=1, whole=True)
