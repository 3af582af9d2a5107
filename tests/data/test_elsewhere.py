"""Images in archives and at addresses are read where they lie; what would do harm is refused."""

import base64
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import fsspec
import pytest
import torch
from serving import pack

from sr_experiments.data.decoded.cache import entries
from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import folder_files, image_files
from sr_experiments.files.images import read_image


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))


@pytest.fixture
def contents(pictures) -> dict[str, bytes]:
    """Three pictures in two folders of an archive, and what archives hold besides."""
    files = {path.name: path.read_bytes() for path in folder_files(pictures("train"))}
    return {
        "set/b/train2.png": files["train2.png"],
        "set/a/train0.png": files["train0.png"],
        "set/a/train1.PNG": files["train1.png"],
        "set/readme.txt": b"read me",
        "__MACOSX/set/a/._train0.png": b"of a Mac",
    }


def same_as_folder(files, folder: Path) -> bool:
    images = high_images(files)
    return images.names == ["train0", "train1", "train2"] and all(
        torch.equal(image, read_image(path)) for image, path in zip(images, folder_files(folder), strict=True)
    )


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_is_read_in_place(contents, tmp_path, kind):
    pack(tmp_path / f"set.{kind}", contents)
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    files = image_files(tmp_path / f"set.{kind}")
    assert [file.name for file in files] == ["train0.png", "train1.PNG", "train2.png"]
    assert str(files[0]).endswith(f"set.{kind}/set/a/train0.png")
    assert same_as_folder(files, tmp_path / "train")
    assert {path for path in tmp_path.rglob("*") if "cache" not in path.parts} == before
    key = content_key(files)
    contents["set/b/train2.png"] = contents["set/a/train0.png"]
    pack(tmp_path / f"set.{kind}", contents)
    assert content_key(image_files(tmp_path / f"set.{kind}")) != key


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("name", ["../../evil.png", "/etc/evil.png", "a\\..\\..\\evil.png"])
def test_a_name_that_leads_out_of_an_archive_is_refused(contents, tmp_path, kind, name):
    pack(tmp_path / f"set.{kind}", {**contents, name: b"evil"})
    with pytest.raises(ValueError, match=r"set\.(zip|tar): refused, its member .*evil.png leads out of it"):
        image_files(tmp_path / f"set.{kind}")


def test_links_in_archives_are_refused(tmp_path):
    with tarfile.open(tmp_path / "set.tar", "w") as archive:
        for name, target in (("a.png", "b.png"), ("b.png", "a.png")):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as zipped:
        entry = zipfile.ZipInfo("a.png")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(entry, "a.png")
    for kind in ("tar", "zip"):
        with pytest.raises(ValueError, match=r"refused, its member a\.png is a link"):
            image_files(tmp_path / f"set.{kind}")


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(2**25))
    with pytest.raises(ValueError, match=r"member bomb\.png claims to be 33,554,432 bytes of 32,6"):
        image_files(tmp_path / "set.zip")


def test_broken_archives_and_members_are_told_apart(contents, tmp_path):
    pack(tmp_path / "set.zip", contents)
    whole = (tmp_path / "set.zip").read_bytes()
    place = whole.index(contents["set/a/train0.png"][-200:-100])
    (tmp_path / "spoilt.zip").write_bytes(whole[:place] + bytes(50) + whole[place + 50 :])
    images = high_images(image_files(tmp_path / "spoilt.zip"))
    assert images.names == ["train1", "train2"]
    assert len(images.problems) == 1 and "set/a/train0.png: no image that can be read (Bad CRC" in images.problems[0]
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.tar").write_text("not a tar archive" * 100)
    for name in ("cut.zip", "text.tar"):
        with pytest.raises(ValueError, match="archive that can be read"):
            image_files(tmp_path / name)


def test_a_compressed_tar_says_what_can_be_read(tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(b"")
    with pytest.raises(ValueError, match=r"read in place from \.zip and \.tar alone; unpack this"):
        image_files(tmp_path / "set.tar.gz")


def test_an_archive_opened_before_a_fork_is_read_on_both_sides(contents, tmp_path):
    pack(tmp_path / "set.tar", contents)
    first, *_, last = image_files(tmp_path / "set.tar")
    child = os.fork()
    if not child:
        os._exit(any(read_image(first)[0, 0, 0] != read_image(first)[0, 0, 0] for _ in range(50)))
    for _ in range(50):
        read_image(last)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("place", ["/set/", "/set", "/set.zip", "/set.tar", "/list.txt"])
def test_what_lies_at_an_address_is_what_lies_in_a_folder(server, contents, tmp_path, place):
    for name, content in contents.items():
        (server.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (server.folder / name).write_bytes(content)
    for kind in ("zip", "tar"):
        pack(server.folder / f"set.{kind}", contents)
    names = ("set/a/train0.png", f"{server.address}/set/a/train1.PNG", "set/b/train2.png")
    (server.folder / "list.txt").write_text("\n".join(names))
    files = image_files(server.address + place)
    assert all(str(file).startswith(server.address) for file in files)
    assert same_as_folder(files, tmp_path / "train")
    key, count = content_key(files), len(entries())
    again = image_files(server.address + place)
    server.asked.clear()
    assert content_key(again) == key and len(high_images(again)) == 3 and len(entries()) == count
    assert not server.asked


def test_a_file_that_changed_at_its_address_is_read_again(server, contents):
    path = server.folder / "a.png"
    path.write_bytes(contents["set/a/train0.png"])
    key = content_key(image_files([f"{server.address}/a.png"]))
    os.utime(path, (1, 1))
    assert content_key(image_files([f"{server.address}/a.png"])) != key


def test_an_address_that_answers_now_and_then(server, contents):
    for number in range(3):
        (server.folder / f"{number}.png").write_bytes(contents["set/a/train0.png"])
    server.cut.add("/1.png")
    assert len(high_images(image_files(server.address + "/"))) == 3


def test_a_network_that_fails_is_no_bad_image(server, contents):
    (server.folder / "a.png").write_bytes(contents["set/a/train0.png"])
    files = image_files(server.address + "/")
    before = len(entries())
    (server.folder / "a.png").unlink()
    with pytest.raises(OSError, match=r"a\.png"):
        high_images(files)
    assert len(entries()) == before


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/set/", "nothing://set/", "http://127.0.0.1:9/set.zip"])
def test_an_address_where_nothing_answers(command, tiny, address):
    done = command("train", *tiny, f"data.train={address}")
    assert done.code == 1 and address in done.err and "Traceback" not in done.err


def test_a_password_stands_in_netrc_and_in_no_address(server, contents, tmp_path, monkeypatch):
    """The bug: `https://me:s3cret@host/` went into config.yaml, run.json, console.log and W&B."""
    (server.folder / "a.png").write_bytes(contents["set/a/train0.png"])
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert len(high_images(image_files(server.address + "/"))) == 1
    assert server.keys == {"Basic " + base64.b64encode(b"me:s3cret").decode()}
    telling = server.address.replace("//", "//me:s3cret@")
    (tmp_path / "list.txt").write_text(f"{telling}/a.png")
    (server.folder / "list.txt").write_text(f"{telling}/a.png")
    for source in (
        telling,
        tmp_path / "list.txt",
        f"{server.address}/list.txt",
        f"{server.address}/a.png?api_key=s3cret",
    ):
        with pytest.raises(ValueError, match="a password or token in an address") as refused:
            image_files(source)
        assert "s3cret" not in str(refused.value)


@pytest.mark.slow
def test_a_network_learns_from_an_address(server, contents, command, tiny):
    pack(server.folder / "set.zip", contents)
    done = command("train", *tiny, f"data.train={server.address}/set.zip", "audit=true")
    assert done.code == 0 and "3 training and 1 validation images" in done.out, done.err


def test_any_address_that_fsspec_knows(contents, tmp_path):
    pack(tmp_path / "set.zip", contents)
    assert same_as_folder(image_files(f"file://{tmp_path}/set.zip"), tmp_path / "train")
    fsspec.filesystem("memory").pipe({f"/far/{name}": content for name, content in contents.items()})
    assert same_as_folder(image_files("memory://far/set"), tmp_path / "train")
