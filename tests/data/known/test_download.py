"""Downloads from a server on this machine: whole, cut short, wrong, and from archives."""

import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import picture
from PIL import Image
from serving import Server, pack

from sr_experiments.data.known import catalogue
from sr_experiments.data.known.catalogue import KnownImage, KnownSet
from sr_experiments.data.known.download import CHUNK, get
from sr_experiments.data.known.fingerprint import picture_hash
from sr_experiments.data.known.verification import pixel_hash, verify


def known(server: Server, *, served: str = "png", size: tuple[int, int] = (40, 50)) -> KnownSet:
    """Two pictures on the server, and the catalogue's entry for them."""
    images = []
    for number in range(2):
        path = server.folder / f"z {number}.{served}"
        Image.fromarray(picture(*size, number)).save(path)
        with Image.open(path) as image:
            images.append(
                KnownImage(f"{number}.png", size[1], size[0], "RGB", pixel_hash(image), picture_hash(path), path.name)
            )
    return KnownSet("mine", "two pictures", "Mine", "none", f"{server.address}/", 2, images=images)


def test_images_come_by_name_and_are_not_fetched_twice(server, tmp_path):
    entry = known(server)
    folder = get(entry, tmp_path / "root")
    assert verify(entry, tmp_path / "root") == []
    assert sorted(path.name for path in folder.iterdir()) == ["0.png", "1.png"]
    get(entry, tmp_path / "root")
    assert [path for path, _ in server.asked] == ["/z%200.png", "/z%201.png"]


def test_another_format_is_kept_without_a_loss_under_the_catalogues_name(server, tmp_path):
    folder = get(known(server, served="bmp"), tmp_path / "root")
    with Image.open(folder / "1.png") as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), picture(40, 50, 1))


@pytest.mark.slow
def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    entry = known(server, served="bmp", size=(200, 250))
    server.cut.add("/z%200.bmp")
    get(entry, tmp_path / "root")
    assert server.asked[:2] == [("/z%200.bmp", None), ("/z%200.bmp", f"bytes={CHUNK}-")]
    assert verify(entry, tmp_path / "root") == []


def test_other_pixels_are_not_kept(server, tmp_path):
    entry = known(server)
    Image.fromarray(picture(40, 50, 99)).save(server.folder / "z 1.png")
    with pytest.raises(ValueError, match=r"z%201\.png: other pixels than the catalogue has of 1\.png; not kept"):
        get(entry, tmp_path / "root")
    assert sorted(path.name for path in (tmp_path / "root" / "Mine").iterdir()) == ["0.png"]


@pytest.mark.slow
def test_a_file_that_is_missing_there(server, tmp_path):
    entry = known(server)
    (server.folder / "z 0.png").unlink()
    with pytest.raises(OSError, match="404"):
        get(entry, tmp_path / "root")


def test_a_mirror_stands_in_for_the_address(server, tmp_path):
    entry = known(server)._replace(address="http://127.0.0.1:9/")
    get(entry, tmp_path / "root", mirror=server.address)
    assert verify(entry, tmp_path / "root") == []


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_gives_the_images_of_its_folder_alone(server, tmp_path, kind):
    files = {}
    for name in ("set/HR/a.png", "set/HR/b.png", "set/LR/a.png", "other/a.png", "set/HR/readme.txt", "../../evil.png"):
        content = io.BytesIO()
        Image.fromarray(picture(9, 9, len(files))).save(content, "PNG")
        files[name] = content.getvalue()
    pack(server.folder / f"set.{kind}", files)
    entry = KnownSet("mine", "", "Mine", "none", f"{server.address}/set.{kind}", 2, member="set/HR")
    folder = get(entry, tmp_path / "root")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "a.png": files["set/HR/a.png"],
        "b.png": files["set/HR/b.png"],
    }
    assert not list(tmp_path.rglob("evil.png"))
    with pytest.raises(ValueError, match="expected 3 images in its folder set/HR, found 2"):
        get(entry._replace(count=3), tmp_path / "other")
    server.asked.clear()
    get(entry, tmp_path / "root")
    assert not server.asked


@pytest.mark.slow
def test_another_archive_than_the_checksum_says_is_not_kept(server, tmp_path):
    pack(server.folder / "set.zip", {"set/a.png": b"a"})
    good = hashlib.sha256((server.folder / "set.zip").read_bytes()).hexdigest()
    checksum = f"sha256:{good}"
    entry = KnownSet("mine", "", "Mine", "none", f"{server.address}/set.zip", 1, member="set", checksum=checksum)
    get(entry, tmp_path / "root")
    pack(server.folder / "set.zip", {"set/a.png": b"b"})
    with pytest.raises(ValueError, match="does not match the known hash"):
        get(entry, tmp_path / "other")
    assert not list((tmp_path / "other").rglob("*.png"))


@pytest.mark.slow
def test_get_div2k_fetches_both_parts_from_a_mirror(server, tmp_path, command, monkeypatch):
    """As the catalogue describes it, but for the number of images and the checksums, which tiny archives can't have."""
    for part, count in (("train", 3), ("valid", 2)):
        name = f"DIV2K_{part}_HR"
        content = io.BytesIO()
        Image.fromarray(picture(9, 9)).save(content, "PNG")
        pack(server.folder / f"{name}.zip", {f"{name}/{number:04}.png": content.getvalue() for number in range(count)})
    done = command("data.known.command", "get", "div2k", "--root", "root", "--mirror", server.address)
    assert done.code == 1 and "does not match the known hash" in done.err
    for table in Path(catalogue.__file__).parent.glob("div2k*.yaml"):
        text = re.sub("checksum:.*\n", "", table.read_text()).replace("count: 800", "count: 3")
        (tmp_path / table.name).write_text(text.replace("count: 100", "count: 2"))
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    done = command("data.known.command", "get", "DIV2K", "--root", "root", "--mirror", f"{server.address}/")
    assert done.code == 0, done.err
    assert [len(list((tmp_path / "root" / f"DIV2K_{part}_HR").glob("*.png"))) for part in ("train", "valid")] == [3, 2]
    assert "academic research only" in done.out


def test_a_set_without_an_address_says_where_its_images_belong(tmp_path):
    entry = KnownSet("mine", "", "Mine", "on application", None, 2)
    with pytest.raises(ValueError, match=r"mine has no public address \(on application\): put its images into .*Mine"):
        get(entry, tmp_path)
