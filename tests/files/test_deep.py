"""Images of 16 bits a channel, from the file to the batch."""

import io
import sys
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
import torch
from conftest import picture
from PIL import Image

from sr_experiments.augmentation.flips import flips
from sr_experiments.data.batches import Batches
from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources import folder_files
from sr_experiments.data.store import high_images
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.resize import resize


def deep_picture(seed: int = 0) -> np.ndarray:
    """RGB of 16 bits, of which the lower ones are noise."""
    noise = np.random.default_rng(seed).integers(0, 200, (48, 60, 3))
    return (257 * picture(48, 60, seed).astype(np.int64) + noise).clip(0, 65535).astype(np.uint16)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A PNG and a TIFF of 16 bits, and a PNG of 8."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "0.png").write_bytes(imagecodecs.png_encode(deep_picture(0)))
    tifffile.imwrite(tmp_path / "deep" / "1.tif", deep_picture(1), photometric="rgb", compression="zlib")
    Image.fromarray(picture(48, 60, 2)).save(tmp_path / "deep" / "2.png")
    return tmp_path / "deep"


def planes(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(np.int64)).permute(2, 0, 1)


def test_no_bit_is_lost_from_the_file_to_the_store(folder):
    images = high_images(folder_files(folder))
    assert images.dtype == np.uint16 and not images.problems
    expected = [planes(deep_picture(0)), planes(deep_picture(1)), 257 * planes(picture(48, 60, 2))]
    for number, pixels in enumerate(expected):
        assert (images.array(number) == pixels.numpy()).all()
        assert images[number].dtype == torch.float32 and torch.equal((257 * images[number]).round().long(), pixels)


def test_low_images_keep_what_8_bits_would_round(folder):
    pair = read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)[0]
    expected = resize(planes(deep_picture(0)).double() / 257, (24, 30))
    assert (pair.low.double() - expected).abs().max() < 0.51 / 257
    assert not torch.equal(pair.low, pair.low.round())


def test_batches_of_them_are_where_the_images_are_and_on_every_device_the_same(folder):
    pairs = read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)
    make = partial(Batches, pairs, seed=1, scale=2, batch_size=8, patch_size=9)
    low, high = make(augmentations=[])[0]
    assert low.dtype == high.dtype == torch.float32
    assert (resize(high, (9, 9)) - low)[..., 2:-2, 2:-2].abs().max() < 0.01
    held = make(augmentations=[flips], device=torch.device("cpu"))
    for step in range(10):
        assert all(torch.equal(*pair) for pair in zip(make(augmentations=[flips])[step], held[step], strict=True))


@pytest.mark.slow
def test_a_run_learns_from_them(folder, command, tiny):
    source = [f"data.train={folder}", f"data.val={folder}"]
    for degradation in ("bicubic", "gaussian_noise"):
        done = command("train", *tiny, *source, f"degradation={degradation}", f"output_dir={degradation}")
        assert done.code == 0, done.err


def test_gray_and_opaque_ones_are_read_and_others_refused(tmp_path):
    gray = deep_picture()[..., 0].copy()
    Image.fromarray(gray).save(tmp_path / "gray.png")
    assert torch.equal(read_deep(tmp_path / "gray.png").int(), planes(gray[..., None]).int().expand(3, -1, -1))
    opaque = np.dstack([deep_picture(), np.full((48, 60), 65535, np.uint16)])
    (tmp_path / "opaque.png").write_bytes(imagecodecs.png_encode(opaque))
    assert torch.equal(read_deep(tmp_path / "opaque.png").long(), planes(deep_picture()))
    opaque[3, 4, 3] = 0
    (tmp_path / "veil.png").write_bytes(imagecodecs.png_encode(opaque))
    with pytest.raises(ValueError, match="expected opaque RGB or grey, got 4 channels of uint16"):
        read_deep(tmp_path / "veil.png")
    content = (tmp_path / "opaque.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"cut\.png: no image that can be read"):
        read_deep(tmp_path / "cut.png")


def test_without_the_extra_it_says_which(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(ValueError, match=r'0\.png.*16 bits a channel: pip install "sr_experiments\[deep\]"'):
        read_deep(folder / "0.png")
    assert read_deep(folder / "1.tif").dtype == torch.uint16


def test_one_in_an_archive_is_read_too(folder, monkeypatch):
    content = (folder / "0.png").read_bytes()
    monkeypatch.setattr(Elsewhere, "read", lambda *_: io.BytesIO(content).getvalue())
    assert torch.equal(read_deep(Elsewhere("set.zip", "0.png", "")).long(), planes(deep_picture()))
