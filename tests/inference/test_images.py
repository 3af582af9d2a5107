"""Somebody's output images, found by name."""

import pytest
import torch
from conftest import picture
from PIL import Image

from sr_experiments.data.pairs import Pair
from sr_experiments.inference.images import OutputImages


def pair(name):
    return Pair(name, torch.zeros(3, 6, 7, dtype=torch.uint8), torch.zeros(3, 12, 14, dtype=torch.uint8))


def folder(tmp_path, *names):
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(12, 14, seed=number)).save(tmp_path / name)
    return OutputImages(path=tmp_path, scale=2)


@pytest.mark.parametrize("name", ["baby.png", "baby_SwinIR.png", "babyx2.png", "set5/baby_x2.bmp", "baby-ours.png"])
def test_is_found_by_name(tmp_path, name):
    images = folder(tmp_path, name, "bird.png", "babysitter.png", "babyx3.png").of(["baby", "bird"])
    expected = torch.from_numpy(picture(12, 14)).permute(2, 0, 1)[None] / 255
    assert torch.equal(images(pair("baby")), expected)


def test_its_own_name_wins(tmp_path):
    images = folder(tmp_path, "img_001.png", "img_001_1.png").of(["img_001"])
    assert torch.equal(images(pair("img_001")) * 255, torch.from_numpy(picture(12, 14)).permute(2, 0, 1)[None].float())


@pytest.mark.parametrize("form", ["{}_x2.png", "{}.png", "{}x2_DAT.png", "sub/{}_SwinIR.png"])
def test_belongs_to_the_longest_name(tmp_path, form):
    """The bug: `baby_2_x2.png` was taken for one of `baby`'s too, and the whole benchmark refused."""
    names = ["baby_2", "baby", "im_1", "im_10", "b\u00e4r"]
    files = [form.format(name.replace("\u00e4", "a\u0308")) for name in names]
    images = folder(tmp_path, *files).of(names)
    for number, name in enumerate(names):
        assert torch.equal((images(pair(name)) * 255)[0, 0], torch.from_numpy(picture(12, 14, seed=number)[..., 0]))


def test_none_or_several_are_refused(tmp_path):
    images = folder(tmp_path, "baby_a.png", "baby_b.png").of(["baby", "bird"])
    with pytest.raises(ValueError, match=r"expected one image bird, bird_… or birdx2…, found none"):
        images(pair("bird"))
    with pytest.raises(ValueError, match=r"found .*baby_a\.png, .*baby_b\.png"):
        images(pair("baby"))
