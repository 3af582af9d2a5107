"""What a source may hold, and what is said of it before training."""

import struct
import zipfile
import zlib
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import folder_files, image_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.formats import NOT_READ, SUFFIXES
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow


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
    with pytest.raises(ValueError, match=r"list\.txt, line 1: found nothing at '.*train9\.png'"):
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


FOUND = {
    "links": ["0.png", "gone.png", "loop.png"],
    "notebook": ["0.png"],
    "mac": ["0.png"],
    "nas": ["0.png", "below/1.png"],
    "kinds": ["0.png", "5.jfif", "6.jp2", "7.tga", "8.avif", "9.gif"],
}


@pytest.fixture
def systems(tmp_path, pictures) -> Path:
    """Folders with what systems leave in them."""
    picture = Image.open(pictures("train", 1) / "train0.png")
    left = {
        "notebook": [".ipynb_checkpoints/0-checkpoint.png", ".git/x/1.png"],
        "mac": ["._0.png", "__MACOSX/1.png", ".0.png"],
        "nas": ["@eaDir/0.png/SYNOFILE_THUMB_M.png", "below/1.png", "#recycle/1.png"],
        "kinds": ["5.jfif", "6.jp2", "7.tga", "8.avif", "9.gif", "a.eps", "b.sgi"],
    }
    for folder in FOUND:
        for name in ["0.png", *left.get(folder, [])]:
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            picture.save(tmp_path / folder / name, "JPEG" if name.endswith("jfif") else None)
    (tmp_path / "links" / "gone.png").symlink_to("/mnt/not_mounted/gone.png")
    (tmp_path / "links" / "loop.png").symlink_to("loop.png")
    return tmp_path


def test_what_systems_leave_in_a_folder_is_no_image_and_is_said(systems, capsys):
    """The bug: copies in `.ipynb_checkpoints` and thumbnails in `@eaDir` entered a benchmark's mean."""
    for folder, names in FOUND.items():
        assert [str(path.relative_to(systems / folder)) for path in folder_files(systems / folder)] == names
    said = capsys.readouterr().err.splitlines()
    assert [line.partition("not read: ")[2] for line in said] == [
        ".git, .ipynb_checkpoints",
        ".0.png, ._0.png, __MACOSX",
        "#recycle, @eaDir",
        "a.eps, b.sgi",
    ]
    folder_files(systems / "nas")
    assert not capsys.readouterr().err


def test_a_link_that_leads_nowhere_is_a_bad_image(systems):
    """The bug: links that led nowhere vanished, and the others were "3 measured"."""
    with pytest.raises(
        ValueError, match=r"2 of 3 images cannot be used:\n.*gone\.png: .*a link leads nowhere"
    ) as caught:
        read_pairs(image_files(systems / "links"), partial(bicubic, scale=2), 2)
    assert "loop.png: no image that can be read" in str(caught.value)


def test_an_archive_has_no_hidden_images_either(tmp_path, pictures):
    content = (pictures("train", 1) / "train0.png").read_bytes()
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in ("./a.png", ".b.png", "set/@eaDir/c.png", "set/.x/d.png", "set/e.PNG"):
            archive.writestr(name, content)
    assert [file.name for file in image_files(tmp_path / "set.zip")] == ["a.png", "e.PNG"]


def test_all_that_pillow_opens_is_read_or_said_to_be_left_out():
    Image.init()
    known = {suffix for suffix, kind in Image.EXTENSION.items() if kind in Image.OPEN}
    no_pictures = {".h5", ".hdf", ".grib", ".bufr", ".iim", ".mpg", ".mpeg", ".gbr", ".ps", ".emf", ".cur", ".fit"}
    games = {".blp", ".ftc", ".ftu", ".flc", ".im", ".msp", ".pxr", ".icb", ".vda", ".vst"}
    assert known - set(SUFFIXES) - set(NOT_READ) - no_pictures - games == set()


NAMES = ["a b.png", "b,c.png", "Bäume.png"]
LISTS = {
    "with a byte order mark": "\n".join(NAMES).encode("utf-8-sig"),
    "UTF-16": "\r\n".join(NAMES).encode("utf-16"),
    "of Windows": "\r\n".join(f".\\{name}" for name in NAMES).encode(),
    "of an old Mac": "\r".join(NAMES).encode(),
    "with comments": "\n".join(["# train", "#", *NAMES, ""]).encode(),
    "in quotes": "\n".join(['"a b.png"', "'b,c.png'", '"Bäume.png"']).encode(),
    "of BasicSR": "\n".join(f"{name} (48,60,3)" for name in NAMES).encode(),
    "with an image twice": "\n".join([*NAMES, f"./{NAMES[0]}"]).encode(),
}


@pytest.fixture
def lists(tmp_path, pictures) -> Path:
    content = (pictures("train", 1) / "train0.png").read_bytes()
    (tmp_path / "lists").mkdir()
    for name in NAMES:
        (tmp_path / "lists" / name).write_bytes(content)
    return tmp_path / "lists"


@pytest.mark.parametrize("kind", LISTS)
def test_lists_are_read_as_they_are_written(lists, kind, capsys):
    (lists / "list.TXT").write_bytes(LISTS[kind])
    found = [Path(str(path)).resolve() for path in image_files(lists / "list.TXT")]
    assert sorted(found) == sorted(lists / name for name in NAMES)
    assert ("1 of 4 lines name an image again" in capsys.readouterr().err) == (kind == "with an image twice")


def test_a_name_that_only_looks_like_more_is_itself(lists):
    content = (lists / NAMES[0]).read_bytes()
    names = ["#1.png", "x (1,2,3)", "a\\b.png", '"q"']
    for name in names:
        (lists / name).write_bytes(content)
    (lists / "list.txt").write_text("\n".join(names))
    assert [path.name for path in image_files(lists / "list.txt")] == names


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a b.png\nBäume.png".encode("latin-1"), r"list\.txt, line 2: .* of utf-8: save the list as UTF-8"),
        ("a b.png".encode("utf-16-le"), r"list\.txt, line 1: found nothing at .*\\x00"),
        (b"\n\na b.png b,c.png", r"list\.txt, line 3: found nothing at '.*a b\.png b,c\.png'"),
        (b"x" * 5000, r"list\.txt, line 1: found nothing at"),
        (b"~nobody/a.png", r"list\.txt, line 1: found nothing at"),
        (b"a b.png\n/", r"list\.txt, line 2: '/' is a folder"),
        (b"\\", r"list\.txt, line 1: '/' is a folder"),
        (b"../lists", r"list\.txt, line 1: '.*lists' is a folder: \[FOLDER, LIST\] reads both"),
        (b"# nothing", r"expected images in .*list\.txt, found none"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(lists, content, message):
    (lists / "list.txt").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        image_files(lists / "list.txt")


def test_a_home_of_nobody_is_no_folder():
    with pytest.raises(ValueError, match="expected a folder of images, found nothing at ~nobody/x"):
        image_files("~nobody/x")


@pytest.fixture
def broken_val(pictures) -> Path:
    folder = pictures("broken", 1, first=9)
    (folder / "broken.png").write_text("nothing")
    Image.new("L", (300, 300)).save(folder / "huge.png")
    return folder


def test_what_was_left_out_stops_no_search_for_leaks(command, tiny, broken_val, pictures, monkeypatch):
    """The bug: a broken or huge validation image that was left out ended the search for leaks, and the run."""
    options = [f"data.val={broken_val}", "data.on_bad=skip", "data.max_pixels=5e4"]
    done = command("train", *tiny, *options)
    assert done.code == 0, done.err
    assert "2 of 3 images cannot be used" in done.out and "huge.png" in done.out and "more than 50,000 pix" in done.out
    done = command("evaluate", "run=run", "benchmark=folder", f"benchmark.folder.root={broken_val}")
    assert "broken.png" in done.err and "broken0.png chose the weights" in done.err
    monkeypatch.setattr("sys.argv", ["sr-data", "leaks", str(broken_val), str(broken_val)])
    with pytest.raises(SystemExit) as ended:
        import_module("sr_experiments.data.known.command").main()
    assert ended.value.code == 0


def test_a_name_that_is_no_utf_8_is_one_that_can_be_written(command, tiny, tmp_path):
    """The bug: such an image was measured after all training, and then no score could be kept; its copy was no leak."""
    for folder in ("train", "val", "test"):
        (tmp_path / folder / "b\udcff.png").symlink_to(tmp_path / "test" / "test0.png")
    done = command("train", *tiny)
    assert done.code == 0, done.err
    assert r"b\udcff.png is in the training set" in done.err
    rows = read_rows(tmp_path / "run" / "scores.csv")
    assert {row["image"] for row in rows} == {"test0", "test1", r"b\xff"}
    done = command("evaluate", "run=run", "benchmark=folder", "benchmark.folder.root=test")
    assert done.code == 0 and r"folder/b\xff" in done.out
    assert len(read_rows(tmp_path / "run" / "scores.csv")) == 2 * len(rows)


def test_larger_images_can_be_let_in(command, tiny, pictures, monkeypatch):
    """The same command again with a larger limit looks at the images again."""
    monkeypatch.setenv("SR_MAX_PIXELS", "2000")
    done = command("train", *tiny)
    assert done.code == 1 and "(more than 2,000 pixels; data.max_pixels, or SR_MAX_PIXELS, lets larger" in done.err
    done = command("train", *tiny, "data.max_pixels=2880", "tile=16")
    assert done.code == 0, done.err
    measuring = ["run=run", "benchmark=folder", "benchmark.folder.root=test", "tile=16"]
    monkeypatch.setenv("SR_MAX_PIXELS", "2000")
    done = command("evaluate", *measuring)
    assert done.code == 1 and "more than 2,000 pixels" in done.err
    monkeypatch.setenv("SR_MAX_PIXELS", "2880")
    done = command("evaluate", *measuring)
    assert done.code == 0 and "folder/mean" in done.out
