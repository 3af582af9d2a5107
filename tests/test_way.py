"""What tells two ways of measuring apart."""

import subprocess
import sys

import pytest
from conftest import picture
from PIL import Image

from sr_experiments.way import way

pytestmark = pytest.mark.slow

DN = "degradation@benchmark.folder.degradation=dn"
WEAKER = "benchmark.folder.degradation.steps.1.sigma=[15,15]"


@pytest.fixture
def folder(compose, pictures):
    """The way in which overrides measure a folder of pictures."""
    pictures("mine")

    def found(*overrides, root="mine", tile=None):
        return way(compose("benchmark=folder", f"benchmark.folder.root={root}", *overrides), "folder", tile)

    return found


def test_ways_are_told_apart_by_what_their_names_resolve_to(folder, pictures, tmp_path):
    """The same names, bicubic or dn and standard, stand for all of these."""
    pictures("moved").rename(tmp_path / "other")
    ways = [
        folder(),
        folder("protocol.shave=0"),
        folder("scale=2"),
        folder(tile=16),
        folder(tile=32),
        folder(root="other"),
        folder(DN),
        folder(DN, WEAKER),
    ]
    assert len({each.key for each in ways}) == len(ways)
    assert all(len(each.key) == 12 for each in ways)


def test_a_way_is_the_same_wherever_its_images_lie(folder, pictures, tmp_path):
    before = folder()
    (tmp_path / "mine").rename(tmp_path / "elsewhere")
    assert folder(root="elsewhere").key == before.key
    assert before.settings["images"]["source"] == "mine"
    assert before.settings["images"]["count"] == 3


def test_an_image_more_or_changed_is_another_way(folder, pictures, tmp_path):
    keys = {folder().key}
    for seed in (7, 8):
        Image.fromarray(picture(48, 60, seed)).save(tmp_path / "mine" / "more.png")
        keys.add(folder().key)
    (tmp_path / "mine" / "night").mkdir()
    (tmp_path / "mine" / "more.png").rename(tmp_path / "mine" / "night" / "more.png")
    assert len({*keys, folder().key}) == 4


def test_a_sweep_is_planned_and_a_way_known_without_torch():
    plan = "import sys, sr_experiments.way; from sr_experiments.train import main; main()"
    code = f"{plan}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code, "-m", "hydra/launcher=plan"]).returncode == 0
