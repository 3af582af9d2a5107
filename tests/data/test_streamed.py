"""A set that is too large for the disk is decoded as it is needed."""

import json
import shutil
from functools import partial

import pytest
import torch

from sr_experiments.augmentation.flips import flips
from sr_experiments.data.pairs import streamed_pairs
from sr_experiments.data.sources.files import folder_files
from sr_experiments.data.streamed import StreamedBatches
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.degradation.chain import Chain
from sr_experiments.degradation.noise import gaussian_noise
from sr_experiments.degradation.resizes import to_low
from sr_experiments.files.images import read_image

pytestmark = pytest.mark.slow

NOISY = Chain(
    name="noisy",
    scale=2,
    steps=[partial(to_low, kernels=["bicubic"]), partial(gaussian_noise, sigma=[1, 9], gray=0.5)],
)
DEGRADATIONS = {"fixed": partial(bicubic, scale=2), "drawn": NOISY}


@pytest.fixture
def make(pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))
    files = folder_files(pictures("train", 3, size=(41, 53)))
    pairs = streamed_pairs(files, 2, 7)

    def made(share=(0, 1), degradation="fixed", augmentations=()):
        return StreamedBatches(
            pairs, files, DEGRADATIONS[degradation],
            seed=3, scale=2, batch_size=64, patch_size=7, augmentations=augmentations, share=share,
        )  # fmt: skip

    return made


def same(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("degradation", DEGRADATIONS)
def test_a_run_goes_on_exactly_in_the_middle_of_a_block_and_on_any_devices(make, degradation):
    settings = {"degradation": degradation, "augmentations": [flips]}
    batches = make(**settings)
    assert batches.steps == 16
    sequence = [batches[step] for step in range(40)]
    assert all(same(make(**settings)[step], sequence[step]) for step in (0, 7, 16, 39))
    assert not same(sequence[3], sequence[19]) and not same(sequence[3], sequence[4])
    parts = [make(share=(rank, 2), **settings)[20] for rank in range(2)]
    for part, whole in zip(zip(*parts, strict=True), sequence[20], strict=True):
        assert torch.equal(torch.cat(part), whole)


def test_patches_are_places_of_the_images_low_and_high_alike(make, pictures):
    highs = [read_image(path)[:, :40, :52] for path in folder_files(pictures("train", 3, size=(41, 53)))]
    low, high = make()[5]
    cuts = torch.cat([image.unfold(1, 14, 2).unfold(2, 14, 2).permute(1, 2, 0, 3, 4).flatten(0, 1) for image in highs])
    lows = [bicubic(image, scale=2) for image in highs]
    small = torch.cat([image.unfold(1, 7, 1).unfold(2, 7, 1).permute(1, 2, 0, 3, 4).flatten(0, 1) for image in lows])
    for number in range(0, 64, 7):
        found = (cuts == high[number]).flatten(1).all(1) & (small == low[number]).flatten(1).all(1)
        assert found.any()


def test_a_full_disk_streams_says_so_and_keeps_no_pixels(command, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40, 3 * 48 * 60 + 1))
    done = command("train", *tiny, "data.workers=2", *WITHOUT_TEST)
    assert done.code == 0, done.err
    assert "are streamed" in done.err and "not those that seed and step make of decoded images" in done.err
    assert len(list((tmp_path / "cache").glob("*/high.bin"))) == 1  # the one validation image fits
    assert json.loads((tmp_path / "run" / "run.json").read_text())["streamed"]
    first = (tmp_path / "run" / "weights.safetensors").read_bytes()
    done = command("train", *tiny, "output_dir=again", "data.store=device", *WITHOUT_TEST)
    assert done.code == 0 and (tmp_path / "again" / "weights.safetensors").read_bytes() == first


WITHOUT_TEST = ["~benchmark.small"]


def test_bad_images_are_listed_before_a_stream_begins(command, tiny, tmp_path, monkeypatch, pictures):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40, 3 * 48 * 60 + 1))
    content = (pictures("train") / "train0.png").read_bytes()
    (tmp_path / "train" / "cut.png").write_bytes(content[: len(content) // 2])
    done = command("train", *tiny, *WITHOUT_TEST)
    assert done.code == 1 and "1 of 4 images cannot be used" in done.err and "cut.png" in done.err
