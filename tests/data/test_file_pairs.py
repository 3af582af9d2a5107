"""Training pairs that lie in two folders."""

import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from sr_experiments.data.batches import Batches
from sr_experiments.data.file_pairs import file_pairs, stored_file_pairs
from sr_experiments.data.sources.files import folder_files
from sr_experiments.data.sources.names import named_files
from sr_experiments.data.sources.partners import partners
from sr_experiments.data.unstored import unstored_pairs
from sr_experiments.degradation.bicubic_y import bicubic_y
from sr_experiments.files.images import read_image

pytestmark = pytest.mark.slow


@pytest.fixture
def folders(pictures, tmp_path) -> tuple[Path, Path]:
    """Three pictures, and smaller ones that no resize makes, in another order and with marks in their names."""
    high, low = pictures("train", size=(49, 60)), tmp_path / "low"
    low.mkdir()
    for number, path in enumerate(folder_files(high)):
        with Image.open(path) as image:
            image.crop((0, 0, 60, 48)).resize((20, 16), Image.Resampling.NEAREST).save(low / f"train{number}x3.png")
    return high, low


def test_images_of_one_name_are_a_pair(folders):
    high, low = folders
    (low / "train0x3.png").rename(low / "train0_LRBI_x3.bmp")
    pairs, problems = stored_file_pairs(folder_files(high), folder_files(low)[::-1], 3)
    assert not problems and [pair.name for pair in pairs] == ["train0", "train1", "train2"]
    for pair, path, small in zip(pairs, folder_files(high), folder_files(low), strict=True):
        assert torch.equal(pair.high, read_image(path)[:, :48])
        assert torch.equal(pair.low, read_image(small))
    batches = Batches(pairs, seed=0, scale=3, batch_size=8, patch_size=5, augmentations=[])
    low_patches, high_patches = batches[0]
    assert torch.equal(low_patches, high_patches[..., 1::3, 1::3])


def test_what_does_not_fit_is_listed_before_training(folders, command, tiny, pictures):
    high, low = folders
    Image.new("RGB", (21, 16)).save(low / "train1x3.png")
    (low / "train2x3.png").write_bytes(b"")
    Image.new("RGB", (30, 30)).save(low / "alone.png")
    paired = ["data=paired", *tiny[1:], f"data.train={high}", f"data.train_low={low}", "data.val_low=null"]
    done = command("train", *paired, "scale=3")
    assert done.code == 1 and "3 of 3 images cannot be used" in done.err
    assert "train1.png: expected 20×16 pixels of its partner, its own ÷3, got 21×16" in done.err
    assert "alone.png: it has no partner" in done.err and "train2x3.png: no image that can be read" in done.err
    done = command("train", *paired, "scale=3", "data.on_bad=skip")
    assert done.code == 0, done.err


def test_pairs_of_16_bits_keep_all_of_them_and_luma_alone_refuses_them(command, little, tmp_path):
    deep = np.random.default_rng(0).integers(0, 65536, (2, 48, 60, 3), dtype=np.uint16)
    for number, pixels in enumerate(deep):
        for folder, part in (("high", pixels), ("low", pixels[1::3, 1::3])):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", part, photometric="rgb")
    highs, lows = named_files(tmp_path / "high"), folder_files(tmp_path / "low")
    for pairs, problems in (stored_file_pairs([*highs.values()], lows, 3), file_pairs(highs, lows, 3)):
        assert not problems
        for pair, pixels in zip(pairs, deep, strict=True):
            expected = torch.from_numpy(pixels.astype(np.float32) / 257).permute(2, 0, 1)
            torch.testing.assert_close(pair.high, expected)
            torch.testing.assert_close(pair.low, expected[:, 1::3, 1::3])
    on = ["benchmark=paired", "benchmark.paired.images=high", "benchmark.paired.low=low", "scale=3"]
    data = ["data=paired", "data.train=high", "data.train_low=low", "data.val=high", "data.val_low=low"]
    sizes = [option for option in little if not option.startswith(("data=", "data.train=", "data.val=", "benchmark="))]
    done = command("train", *data, *sizes, *on, "color=y", "trainer.max_steps=1", "trainer.val_check_interval=1")
    assert done.code == 0 and "paired/mean" in done.out
    done = command("evaluate", "model=bicubic", *on)
    assert done.code == 0 and "paired/mean" in done.out
    _, problems = unstored_pairs(highs, partial(bicubic_y, scale=3), 3)
    assert len(problems) == 2 and all("expected an 8-bit RGB or grey image, got 16 bits" in line for line in problems)


def test_a_run_on_pairs_is_one_on_these_images(command, tiny, pictures, folders, tmp_path):
    high, low = folders
    paired = ["data=paired", *tiny[1:], f"data.train={high}", f"data.train_low={low}", "scale=3"]
    done = command("train", *paired, f"data.val={high}", f"data.val_low={low}", "audit=true")
    assert done.code == 0 and "3 training and 3 validation images" in done.out
    done = command("train", *paired, "data.val_low=null", "+data.scales=[2,3]")
    assert done.code == 1 and "data.train_low holds images for scale=3" in done.err
    done = command("train", *paired, f"data.val={high}", f"data.val_low={pictures('others', 1)}")
    assert done.code == 1 and "no image of" in done.err and "goes with one of" in done.err


def test_two_images_that_may_be_the_partner_are_refused(folders):
    high, low = folders
    for place in ("a", "b"):
        (low / place).mkdir()
        (low / place / "train0_x3.png").write_bytes((low / "train0x3.png").read_bytes())
    (low / "train0x3.png").unlink()
    with pytest.raises(ValueError, match=r"several images have one name, .*: which is the partner of which"):
        stored_file_pairs(folder_files(high), folder_files(low), 3)


NAMES = {
    "the same": ("a.png b.png", "a.png b.png"),
    "with marks of their own": ("cat.png cat_x2.png", "cat.png cat_x2.png"),
    "of marks": ("x2.png HR.png frame.png frame_HR.png", "x2.png HR.png frame.png frame_HR.png"),
    "RealSR": ("Canon_001_HR.png Canon_002_HR.png", "Canon_001_LR2.png Canon_002_LR2.png"),
    "BasicSR": ("0.png 1.png", "0_bicLRx2.png 1_bicLRx2.png"),
    "DIV2K, track 2": ("0801.png 0802.png", "0801x2m.png 0802x2m.png"),
    "DRealSR": ("P1_x2.png P2_x2.png", "P1_x1.png P2_x1.png"),
    "SelfExSR": ("img_001_SRF_2_HR.png", "img_001_SRF_2_LR.png"),
    "in small letters": ("0_hr.png 1_gt.png", "0_lr.png 1_lq.png"),
    "clips": ("000/1.png 000/2.png 001/1.png", "000/1.png 000/2.png 001/1.png"),
    "clips, with marks": ("000/1.png 001/1.png", "000/1x2.png 001/1x2.png"),
    "one clip": ("000/1.png", "000/1.png"),
    "in other folders": ("a/1.png a/2.png", "b/1.png b/2.png"),
    "of two spellings": (unicodedata.normalize("NFC", "Zürich.png"), unicodedata.normalize("NFD", "Zürich.png")),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_that_go_together(kind):
    highs, lows = ([Path(top) / name for name in names.split()] for top, names in zip("hl", NAMES[kind], strict=True))
    found, problems = partners(highs, lows[::-1], 2)
    assert not problems
    assert found == {number: len(highs) - 1 - number for number in range(len(highs))}


def test_other_names_are_said(folders, command, tiny):
    high, low = folders
    for path in folder_files(low):
        path.rename(low / path.name.replace("x3", " small"))
    paired = ["data=paired", *tiny[1:], f"data.train={high}", f"data.train_low={low}", "scale=3", "audit=true"]
    done = command("train", *paired, "data.val_low=null")
    assert done.code == 1 and "data.train_low_name and data.val_low_name say others" in done.err
    done = command("train", *paired, "data.val_low=null", "data.train_low_name=* small")
    assert done.code == 0 and "3 training and 1 validation" in done.out, done.err
    done = command("train", *paired, "data.val_low=null", "data.train_low_name=small")
    assert done.code == 1 and "expected * in the name of low-resolution images" in done.err


def test_the_low_images_are_part_of_the_experiment(folders, command, tiny, tmp_path):
    high, low = folders
    paired = ["data=paired", *tiny[1:-1], f"data.train={high}", f"data.train_low={low}", "data.val_low=null", "scale=3"]
    assert command("train", *paired).code == 0
    Image.new("RGB", (20, 16)).save(low / "train1x3.png")
    assert command("train", *paired).code == 0
    assert len(list((tmp_path / "runs" / "default").iterdir())) == 2
