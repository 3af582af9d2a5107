"""Images are decoded once, whoever asks, whatever is killed."""

import math
import multiprocessing
import os
import resource
import shutil
import signal
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sr_experiments.data.batches import Batches
from sr_experiments.data.decoded.cache import cache_root, check_space, entries, remove
from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.content import content_key
from sr_experiments.data.sources.files import folder_files, image_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.images import read_image
from sr_experiments.resize import high_size, low_size, resize

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))
    return tmp_path / "cache"


def halved(scale: float):
    return partial(bicubic, scale=scale)


def test_pairs_are_what_the_files_hold(pictures):
    files = image_files(pictures("train", size=(47, 61)))
    pairs = read_pairs(files, halved(3), 3)
    assert [pair.name for pair in pairs] == ["train0", "train1", "train2"]
    for path, pair in zip(files, pairs, strict=True):
        high = read_image(path)[:, :45, :60]
        assert torch.equal(pair.high, high)
        assert torch.equal(pair.low, bicubic(high, scale=3))


def test_scales_share_the_decoded_images(pictures, empty_cache):
    files = image_files(pictures("train"))
    read_pairs(files, halved(2), 2)
    before = (next(empty_cache.glob("*/high.bin"))).stat()
    read_pairs(files, halved(3), 3)
    assert (next(empty_cache.glob("*/high.bin"))).stat() == before
    (entry,) = entries()
    assert [name.split("-")[:3] for name in entry.sets] == [
        ["high"],
        ["low", "bicubic", "x2"],
        ["low", "bicubic", "x3"],
    ]


def test_the_same_images_elsewhere_are_the_same(pictures, tmp_path):
    folder = pictures("train")
    shutil.copytree(folder, tmp_path / "copy")
    high_images(image_files(folder))
    high_images(image_files(tmp_path / "copy"))
    assert len(entries()) == 1


def test_a_folder_with_many_images_has_one_store_whatever_else_is_learnt_from(pictures, empty_cache, monkeypatch):
    deep = pictures("deep", 4)
    for file in deep.glob("*.png"):
        file.write_bytes(imagecodecs.png_encode(257 * np.array(Image.open(file)).astype(np.uint16) + 1))
    several = [deep, pictures("few", 2), pictures("many", 5, first=4)]
    files = image_files(several)
    files = [*files[1:], files[0]]
    together = read_pairs(files, halved(2), 2)
    assert len(together.high.places) == 1
    monkeypatch.setattr("sr_experiments.data.decoded.store.MANY", 4)
    read_pairs(image_files(several[2]), halved(2), 2)
    before = {path: path.stat() for path in empty_cache.glob("*/*.bin")}
    apart = read_pairs(files, halved(2), 2)
    assert all(path.stat() == status for path, status in before.items()) and len(entries()) == 4
    assert [place for place in apart.high.places if place.with_suffix(".bin") in before]
    for pair, expected in zip(apart, together, strict=True):
        assert pair.name == expected.name
        assert torch.equal(pair.high, expected.high) and torch.equal(pair.low, expected.low)
    for device in (None, torch.device("cpu")):
        settings = {"seed": 0, "scale": 2, "batch_size": 16, "patch_size": 9, "augmentations": [], "device": device}
        batches, others = Batches(apart, **settings)[0], Batches(together, **settings)[0]
        assert all(torch.equal(*both) for both in zip(batches, others, strict=True))


def test_a_changed_file_is_read_again(pictures):
    files = folder_files(pictures("train"))
    key = content_key(files)
    Image.fromarray(np.zeros((48, 60, 3), np.uint8)).save(files[1])
    assert content_key(files) != key
    assert not high_images(files)[1].any()


def test_the_second_use_reads_no_image(pictures, tmp_path):
    files = folder_files(pictures("train"))
    before = read_pairs(files, halved(2), 2)[0]
    times = [(path.stat().st_atime_ns, path.stat().st_mtime_ns) for path in files]
    sizes = [path.stat().st_size for path in files]
    for path, size, stamp in zip(files, sizes, times, strict=True):
        path.write_bytes(bytes(size))
        os.utime(path, ns=stamp)
    assert torch.equal(read_pairs(files, halved(2), 2)[0].high, before.high)


def build(folder: Path, cache: Path) -> None:
    """In a process whose server may have begun under another test's environment."""
    os.environ["SR_CACHE_ROOT"] = str(cache)
    high_images(image_files(folder))


def killed_at_the_third_image(folder, cache):
    """Build a store in a process that the kernel kills when the file reaches 4 MiB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**22, 2**22))
    build(folder, cache)


def test_a_build_killed_half_way_and_started_twice_at_once_ends_with_one_good_store(tmp_path, empty_cache):
    folder = tmp_path / "noise"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (800, 1000, 3), np.uint8)
    Image.fromarray(noise).save(folder / "0.png", compress_level=1)
    for number in range(1, 8):
        shutil.copy(folder / "0.png", folder / f"{number}.png")
    context = multiprocessing.get_context("forkserver")
    killed = context.Process(target=killed_at_the_third_image, args=(folder, empty_cache))
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGXFSZ
    assert [part.stat().st_size for part in empty_cache.glob("*/.high.bin.*")] == [2**22]
    assert not entries()
    both = [context.Process(target=build, args=(folder, empty_cache)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    (entry,) = entries()
    assert entry.images == 8
    assert not list(empty_cache.glob("*/.high*"))
    expected = torch.from_numpy(noise).permute(2, 0, 1)
    assert all(torch.equal(image, expected) for image in high_images(image_files(folder)))


def test_a_full_disk_is_said_before_anything_is_written(pictures, empty_cache, monkeypatch):
    files = image_files(pictures("train"))
    with pytest.raises(OSError, match=r"needs 1073741824\.00 GiB in .*SR_CACHE_ROOT"):
        check_space(empty_cache.parent, 2**60)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40, 3 * 3 * 48 * 60 - 1))
    with pytest.raises(OSError, match="decoding needs"):
        high_images(files)
    assert not list(empty_cache.rglob("*.bin*"))


def test_the_cache_can_be_emptied(pictures):
    pairs = read_pairs(image_files(pictures("train")), halved(2), 2)
    high = pairs[0].high.clone()
    (entry,) = entries()
    with pytest.raises(ValueError, match="no entry called 'nothing'"):
        remove("nothing")
    assert remove(entry.key) == entry.bytes == 3 * 3 * (48 * 60 + 24 * 30)
    assert not entries()
    assert torch.equal(pairs[0].high, high)


def test_where_the_cache_lies(monkeypatch):
    monkeypatch.delenv("SR_CACHE_ROOT")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_root() == Path("/somewhere/sr_experiments")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_root() == Path.home() / ".cache" / "sr_experiments"


def test_a_degradation_of_another_scale_is_refused(pictures):
    with pytest.raises(ValueError, match=r"made \(16, 20\) of train0, expected \(24, 30\) at scale=2"):
        read_pairs(image_files(pictures("train")), halved(3), 2)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scale=st.floats(1, 8), sides=st.tuples(st.integers(8, 40), st.integers(8, 40)))
def test_a_fractional_scale_cuts_as_little_as_it_can(scale, sides):
    low = low_size(sides, scale)
    high = high_size(low, scale)
    assert low == (math.floor(sides[0] / scale), math.floor(sides[1] / scale))
    assert all(abs(large - scale * small) <= 0.5 for large, small in zip(high, low, strict=True))
    assert all(large <= side for large, side in zip(high, sides, strict=True))
    assert bicubic(torch.zeros(3, *high, dtype=torch.uint8), scale=scale).shape == (3, *low)


@pytest.mark.parametrize(("scale", "low", "high"), [(2.5, (19, 24), (48, 60)), (3.7, (12, 16), (44, 59))])
def test_pairs_of_a_fractional_scale(pictures, scale, low, high):
    files = folder_files(pictures("train"))
    pair = read_pairs(files, halved(scale), scale)[1]
    whole = torch.from_numpy(np.array(Image.open(files[1]))).permute(2, 0, 1)
    assert pair.low.shape[1:] == low and torch.equal(pair.high, whole[:, : high[0], : high[1]])
    assert torch.equal(pair.low, resize(pair.high, low))
