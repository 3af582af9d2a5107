"""Images of 16 bits a channel, from the file to the batch."""

import io
import shutil
import sys
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
import torch
from conftest import picture
from PIL import Image

from sr_experiments.augmentation.flips import flips
from sr_experiments.data.batches import Batches
from sr_experiments.data.decoded.store import high_images
from sr_experiments.data.pairs import read_pairs, streamed_pairs
from sr_experiments.data.sources.files import folder_files
from sr_experiments.data.streamed import StreamedBatches
from sr_experiments.degradation.bd import bd
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.degradation.chain import Chain
from sr_experiments.degradation.noise import gaussian_noise
from sr_experiments.degradation.resizes import to_low
from sr_experiments.files.deep import read_deep
from sr_experiments.files.elsewhere import Elsewhere
from sr_experiments.resize import resize

NOISE = Chain(
    name="noise",
    scale=2,
    steps=[partial(to_low, kernels=["bicubic"]), partial(gaussian_noise, sigma=[1, 9], gray=0.5)],
)


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
        assert images[number].dtype == (torch.uint8 if number == 2 else torch.float32)
        assert torch.equal((257 * images[number].double()).round().long(), pixels)


def test_low_images_keep_what_8_bits_would_round(folder):
    pair = read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)[0]
    expected = resize(planes(deep_picture(0)).double() / 257, (24, 30))
    assert (pair.low.double() - expected).abs().max() < 0.51 / 257
    assert not torch.equal(pair.low, pair.low.round())


def test_batches_of_them_are_where_the_images_are_and_on_every_device_the_same(folder):
    pairs = read_pairs(folder_files(folder), partial(bicubic, scale=2), 2)
    deep = copy(pairs)
    deep.usable = pairs.usable[:2]
    settings: dict[str, Any] = {"seed": 1, "scale": 2, "batch_size": 8, "patch_size": 9}
    low, high = Batches(deep, **settings, augmentations=[])[0]
    assert low.dtype == high.dtype == torch.float32
    assert (resize(high, (9, 9)) - low)[..., 2:-2, 2:-2].abs().max() < 0.01
    make = partial(Batches, pairs, **settings)
    held = make(augmentations=[flips], device=torch.device("cpu"))
    for step in range(10):
        assert all(torch.equal(*pair) for pair in zip(make(augmentations=[flips])[step], held[step], strict=True))


def only_8_bits(folder: Path) -> Path:
    (folder.parent / "eight").mkdir()
    shutil.copy(folder / "2.png", folder.parent / "eight")
    return folder.parent / "eight"


@pytest.mark.parametrize(
    ("degradation", "scale"), [(partial(bicubic, scale=2), 2), (partial(bd, scale=3), 3), (NOISE, 2)]
)
def test_an_image_of_8_bits_is_the_same_beside_them(folder, degradation, scale):
    """The bug: its low-resolution image was not rounded, and drawn otherwise."""
    beside = read_pairs(folder_files(folder), degradation, scale)[2]
    alone = read_pairs(folder_files(only_8_bits(folder)), degradation, scale)[0]
    assert beside.low.dtype == beside.high.dtype == torch.uint8
    assert torch.equal(beside.low, alone.low) and torch.equal(beside.high, alone.high)


def unrounded(high: torch.Tensor, *, scale: int) -> torch.Tensor:
    return resize(high.float(), (high.shape[-2] // scale, high.shape[-1] // scale))


@pytest.mark.parametrize("place", [only_8_bits, lambda folder: folder])
def test_what_a_degradation_does_not_round_is_kept_in_16_bits(folder, place):
    pair = read_pairs(folder_files(place(folder)), partial(unrounded, scale=2), 2)[-1]
    assert pair.high.dtype == torch.uint8 and not torch.equal(pair.low, pair.low.round())
    assert (pair.low - unrounded(pair.high, scale=2).clamp(0, 255)).abs().max() < 0.51 / 257


@pytest.mark.parametrize("streamed", [False, True])
def test_what_is_learnt_of_an_image_of_8_bits_is_the_same_beside_them(folder, streamed):
    batches = []
    for place in (folder, only_8_bits(folder)):
        files, degradation = folder_files(place), partial(bicubic, scale=2)
        pairs = streamed_pairs(files, 2) if streamed else read_pairs(files, degradation, 2)
        pairs.usable = pairs.usable[-1:]
        settings: dict[str, Any] = {
            "seed": 1,
            "scale": 2,
            "batch_size": 8,
            "patch_size": 9,
            "augmentations": [],
            "share": (0, 1),
        }
        made = StreamedBatches(pairs, files, degradation, **settings) if streamed else Batches(pairs, **settings)
        batches.append(made[0])
    (low, high), (alone_low, alone_high) = batches
    assert low.dtype == high.dtype == torch.float32
    assert torch.equal(low, alone_low.float()) and torch.equal(high, alone_high.float())


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
