"""sr-data cache, from end to end."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))


def test_build_ls_rm(command, pictures):
    folder = pictures("train", 2)
    built = command("data.known.command", "cache", "build", str(folder), "--scale", "2", "3")
    assert built.code == 0 and "2 images decoded" in built.out
    listed = command("data.known.command", "cache", "ls").out
    key = listed.split()[0]
    assert f"2 images     0.00 GiB  {folder}" in listed
    assert "low-bicubic-x2" in listed and "low-bicubic-x3" in listed
    assert command("data.known.command", "cache", "rm", "other").code == 1
    assert command("data.known.command", "cache", "rm", key).code == 0
    assert "train" not in command("data.known.command", "cache", "ls").out


def test_a_run_finds_what_was_built(command, tiny, pictures, tmp_path):
    assert command("data.known.command", "cache", "build", str(pictures("train")), "--scale", "3").code == 0
    (low,) = (tmp_path / "cache").glob("*/low-bicubic-x3-*.bin")
    before = low.stat()
    assert command("train", *tiny).code == 0
    assert low.stat().st_mtime_ns == before.st_mtime_ns and low in (tmp_path / "cache").glob("*/low-bicubic-x3-*.bin")


def test_what_cannot_be_decoded_is_listed(command, pictures):
    folder = pictures("train", 2)
    (folder / "broken.png").write_bytes(b"")
    built = command("data.known.command", "cache", "build", str(folder))
    assert built.code == 1 and "broken.png: " in built.out
