"""What of a run directory may become a picture of the page."""

import os

import pytest
from made_up_runs import write_run
from PIL import Image

from sr_experiments.report.crops import find_crops
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.runs import experiments, read_runs


def crops(run):
    (board,) = leaderboards(experiments(read_runs([run])[0]))
    return [crop.image for crop in find_crops(board)]


@pytest.mark.parametrize("which", ["input", "target", "output"])
@pytest.mark.parametrize("kind", ["absent", "linked", "no PNG", "half", "too large", "too wide", "pipe", "folder"])
def test_only_small_regular_png_files_of_the_run_itself_are_read(tmp_path, kind, which):
    run = write_run(tmp_path / "run", crops=True)
    assert crops(run) == ["0", "1"]
    picture = run / "images" / "photos" / "0" / f"{which}.png"
    content = picture.read_bytes()
    (tmp_path / "outside.png").write_bytes(content)
    picture.unlink()
    if kind == "linked":
        picture.symlink_to(tmp_path / "outside.png")
    elif kind == "too wide":
        Image.new("L", (4096, 1)).save(picture)
    elif kind == "pipe":
        os.mkfifo(picture)
    elif kind == "folder":
        picture.mkdir()
    elif kind != "absent":
        picture.write_bytes({"no PNG": b"root:x:0:0", "half": content[:9], "too large": content + bytes(2**21)}[kind])
    assert crops(run) == ["1"]


@pytest.mark.parametrize("image", ["../../../other/images/photos/0", "/{}/other/images/photos/0", "linked/0", "x\0"])
def test_no_name_of_an_image_leads_out_of_a_run(tmp_path, image):
    image = image.format(str(tmp_path)[1:])
    other = write_run(tmp_path / "other", crops=True)
    run = write_run(tmp_path / "run", psnr={image: 30.0})
    (run / "images" / "photos").mkdir(parents=True)
    (run / "images" / "photos" / "linked").symlink_to(other / "images" / "photos")
    assert crops(run) == []
