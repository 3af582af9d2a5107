"""Batches are a function of seed and step alone."""

import json
import time
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from sr_experiments.augmentation.flips import flips
from sr_experiments.augmentation.mixup import mixup
from sr_experiments.augmentation.rgb import rgb
from sr_experiments.data.batches import Batches, InTurn
from sr_experiments.data.decoded.patches import Patches
from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.files import image_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

SLOW = """
import time
from pytorch_lightning import Callback

class Slow(Callback):
    def on_train_batch_end(self, *_):
        time.sleep(0.1)
"""


@pytest.fixture
def pairs(pictures):
    return read_pairs(image_files(pictures("train", size=(41, 53))), partial(bicubic, scale=2), 2)


def batches(pairs, share=(0, 1), seed=3, augmentations=(flips,)) -> Batches:
    return Batches(pairs, seed=seed, scale=2, batch_size=6, patch_size=7, augmentations=augmentations, share=share)


def same(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_each_patch_is_a_place_of_an_image_and_its_low_one_the_same_place(pairs):
    low, high = batches(pairs, augmentations=())[5]
    assert low.shape == (6, 3, 7, 7) and high.shape == (6, 3, 14, 14)
    for small, large in zip(low, high, strict=True):
        places = [
            (pair, int(top), int(left))
            for pair in pairs
            for top, left in (pair.low.unfold(1, 7, 1).unfold(2, 7, 1).permute(1, 2, 0, 3, 4) == small)
            .all((2, 3, 4))
            .nonzero()
        ]
        assert any(
            torch.equal(large, pair.high[:, 2 * top : 2 * top + 14, 2 * left : 2 * left + 14])
            for pair, top, left in places
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(0, 2**40), min_size=1, max_size=5))
def test_what_was_asked_before_changes_nothing(pairs, steps):
    used, fresh = batches(pairs), batches(pairs)
    for step in steps:
        used[step]
    assert same(used[steps[0]], fresh[steps[0]])


def test_steps_and_seeds_differ(pairs):
    made = [batches(pairs, seed=seed)[step] for seed in (0, 1) for step in (0, 1, 2)]
    assert not any(same(one, other) for n, one in enumerate(made) for other in made[:n])


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing(pairs, workers):
    loader = DataLoader(batches(pairs), batch_size=None, sampler=range(2, 8), num_workers=workers)  # pyright: ignore[reportArgumentType]
    assert all(same(batch, batches(pairs)[step]) for step, batch in enumerate(loader, start=2))


@pytest.mark.parametrize("devices", [2, 4])
@pytest.mark.parametrize("mixing", [(), (partial(mixup, alpha=1.2, chance=1),)])
def test_devices_split_one_batch_and_cut_their_own_part_of_it(pairs, devices, mixing, monkeypatch):
    augmentations = (flips, rgb, *mixing)
    whole = batches(pairs, augmentations=augmentations)[4]
    cut, make = [], Patches.__call__
    monkeypatch.setattr(Patches, "__call__", lambda *given: cut.append(len(given[1])) or make(*given))
    parts = [batches(pairs, share=(rank, devices), augmentations=augmentations)[4] for rank in range(devices)]
    for number, part in enumerate(zip(*parts, strict=True)):
        assert torch.equal(torch.cat(part), whole[number])
    # fours of 6, which share the sizes of random degradations; a mixed patch may need any other
    assert cut[::2] == ([6] * devices if mixing else {2: [4, 6], 4: [4, 4, 4, 2]}[devices])


def test_every_corner_can_be_drawn(pairs):
    counts = np.zeros((3, 2))
    for step in range(300):
        low, _ = batches(pairs, augmentations=())[step]
        for number, pair in enumerate(pairs):
            counts[number] += [
                sum(torch.equal(patch, pair.low[:, :7, :7]) for patch in low),
                sum(torch.equal(patch, pair.low[:, -7:, -7:]) for patch in low),
            ]
    # 1,800 patches over 3 images of 14 × 20 places
    assert (counts > 0).all()


def test_a_device_that_holds_the_images_makes_the_same_batches(pairs):
    held = Batches(
        pairs, seed=3, scale=2, batch_size=6, patch_size=7, augmentations=(flips,), device=torch.device("cpu")
    )
    assert all(same(held[step], batches(pairs)[step]) for step in range(20))


def test_a_run_whose_images_lie_on_the_device_ends_with_the_same_weights(command, tiny, tmp_path):
    assert command("train", *tiny).code == 0
    done = command("train", *tiny, "data.store=device", "output_dir=held")
    assert done.code == 0, done.err
    weights = [(tmp_path / run / "weights.safetensors").read_bytes() for run in ("run", "held")]
    assert weights[0] == weights[1]


def test_the_share_of_time_spent_waiting_for_data_and_nothing_else_is_kept(command, tiny, tmp_path, monkeypatch):
    """Neither for other callbacks, which take half a second here, nor for the batch that is made before the start."""
    (tmp_path / "mine.py").write_text(SLOW)
    slow = ["+callbacks.slow._target_=mine.Slow", "output_dir=slow"]
    assert command("train", *tiny, *slow, "trainer.max_steps=5").code == 0
    timings = json.loads((tmp_path / "slow" / "run.json").read_text())["timings"]
    assert 0 < timings["waiting_seconds"] < 0.2 < timings["train_seconds"]

    def late(self, step, made=InTurn.__getitem__):
        time.sleep(0.1)
        return made(self, step)

    monkeypatch.setattr(InTurn, "__getitem__", late)
    assert command("train", *tiny).code == 0
    timings = json.loads((tmp_path / "run" / "run.json").read_text())["timings"]
    assert 0.4 <= timings["waiting_seconds"] < 0.6  # a batch ahead of each of four steps
    shares = [float(row["value"]) for row in read_rows(tmp_path / "run" / "metrics.csv") if row["name"] == "waiting"]
    assert len(shares) == 4 and all(0 < share < 1 for share in shares)
    assert timings["waiting_seconds"] < timings["train_seconds"]


def test_a_store_that_does_not_exist_is_refused(command, tiny):
    done = command("train", *tiny, "data.store=tape")
    assert done.code == 1 and "data.store is disk or device, not 'tape'" in done.err


def test_several_scales_come_in_turn(pictures):
    files = image_files(pictures("train", size=(41, 53)))
    parts = [
        Batches(
            read_pairs(files, partial(bicubic, scale=scale), scale),
            seed=3, scale=scale, batch_size=2, patch_size=7, augmentations=(),
        )
        for scale in (2, 3)
    ]  # fmt: skip
    assert [InTurn(parts)[step][1].shape[-1] for step in (0, 1, 4, 7)] == [14, 21, 14, 21]
    assert same(InTurn(parts)[7], parts[1][7]) and not same(InTurn(parts)[7], parts[1][5])
