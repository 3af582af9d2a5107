"""What a source may hold, and what is said of it before training."""

import struct
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources import content_key, folder_files, image_files
from sr_experiments.degradation.bicubic import bicubic


@pytest.fixture
def bad(pictures) -> Path:
    """A folder of three good images, and of each kind of bad one."""
    folder = pictures("bad", size=(96, 120))
    good = (folder / "bad0.png").read_bytes()
    (folder / "cut.png").write_bytes(good[: len(good) // 2])
    (folder / "nothing.png").write_bytes(b"")
    (folder / "text.jpg").write_text("not an image")
    Image.new("CMYK", (60, 60)).save(folder / "print.jpg")
    Image.new("RGBA", (60, 60), (9, 9, 9, 128)).save(folder / "veil.png")
    Image.new("RGB", (60, 5)).save(folder / "flat.png")
    frames = [Image.new("RGB", (60, 60), (shade, 0, 0)) for shade in (0, 90)]
    frames[0].save(folder / "film.webp", save_all=True, append_images=frames[1:], lossless=True)
    (folder / "bomb.png").write_bytes(bomb(60_000))
    return folder


def bomb(side: int) -> bytes:
    """A PNG file that says it has `side` × `side` pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


BAD = ("bomb.png", "cut.png", "film.webp", "flat", "nothing.png", "print.jpg", "text.jpg", "veil.png")


def test_every_bad_image_is_listed_before_training(command, tiny, bad, tmp_path):
    done = command("train", *tiny, f"data.train={bad}")
    assert done.code == 1
    assert "8 of 11 images cannot be used:" in done.err and "data.on_bad=skip" in done.err
    assert all(name in done.err for name in BAD)
    assert not (tmp_path / "run").exists()


def test_bad_images_can_be_left_out(command, tiny, bad, tmp_path):
    done = command("train", *tiny, f"data.train={bad}", "data.on_bad=skip")
    assert done.code == 0, done.err
    assert all(name in done.out for name in BAD)


def test_files_that_lose_nothing_are_no_bad_images(pictures):
    folder = pictures("train", 1)
    image = Image.open(folder / "train0.png")
    quantized = image.quantize(16)
    quantized.save(folder / "palette.png")
    image.convert("RGBA").save(folder / "opaque.png")
    image.convert("L").save(folder / "grey.png")
    turned = Image.Exif()
    turned[0x0112] = 6  # shown a quarter turn clockwise
    image.save(folder / "turned.webp", lossless=True, exif=turned)
    pairs = read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)
    high = dict(zip(pairs.high.names, pairs.high, strict=True))
    assert len(pairs) == 5
    assert torch.equal(high["opaque"], high["train0"])
    assert torch.equal(high["turned"], high["train0"].rot90(-1, (1, 2)))
    assert torch.equal(high["palette"], torch.from_numpy(np.array(quantized.convert("RGB"))).permute(2, 0, 1))
    assert torch.equal(high["grey"][0], high["grey"][2])


def test_other_answers_to_bad_images_are_refused(command, tiny):
    done = command("train", *tiny, "data.on_bad=ignore")
    assert done.code == 1 and "on_bad is error or skip, not 'ignore'" in done.err


def test_a_folder_that_contains_itself_is_refused(pictures):
    folder = pictures("train")
    (folder / "below").mkdir()
    (folder / "below" / "again").symlink_to(folder)
    with pytest.raises(ValueError, match=r"below/again is a link back to .*train"):
        image_files(folder)


def test_subfolders_and_linked_folders_are_read_in_order(pictures):
    folder, other = pictures("train", 2), pictures("other", 1)
    (folder / "a").symlink_to(other)
    found = folder_files(folder)
    assert [str(path.relative_to(folder)) for path in found] == ["a/other0.png", "train0.png", "train1.png"]


def test_a_key_changes_with_bytes_names_and_order_and_not_with_the_place(pictures, tmp_path):
    files = folder_files(pictures("train"))
    copies = [tmp_path / path.name for path in files]
    for path, copy in zip(files, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    assert content_key(files) == content_key(copies) != content_key(files[::-1])
    renamed = copies[0].rename(tmp_path / "other.png")
    assert content_key([renamed, *copies[1:]]) != content_key(files)


def test_a_text_file_lists_images_relative_to_itself(pictures, tmp_path):
    folder = pictures("train")
    (tmp_path / "list.txt").write_text("train/train2.png\n\ntrain/train0.png\n")
    assert image_files(tmp_path / "list.txt") == [folder / "train2.png", folder / "train0.png"]
    (tmp_path / "list.txt").write_text("train/train9.png\n")
    with pytest.raises(ValueError, match=r"found nothing at .*train9\.png \(of .*list\.txt\)"):
        image_files(tmp_path / "list.txt")
    (tmp_path / "list.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"expected images in .*list\.txt, found none"):
        image_files(tmp_path / "list.txt")


def test_several_sources_are_one_after_another(pictures, command, tiny):
    one, other = pictures("train"), pictures("other", 1)
    assert image_files([other, one / "train1.png"]) == [other / "other0.png", one / "train1.png"]
    done = command("train", *tiny, f"data.train=[{one},{other}]", "audit=true")
    assert "4 training and 1 validation images" in done.out
    done = command("train", *tiny, f"data.train=[{one},{other}/nothing]")
    assert done.code == 1 and "found nothing at" in done.err
