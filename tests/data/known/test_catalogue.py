"""The catalogue against the reference data, and what it says against what sr-data verify finds."""

import csv
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sr_experiments.data.known.catalogue import known_names, known_set, known_sets
from sr_experiments.data.known.verification import verify
from sr_experiments.data.photos import photos


@pytest.fixture
def bundled(tmp_path) -> Path:
    """A folder with the bundled photos, to be damaged."""
    folder = tmp_path / "root" / "photos"
    folder.mkdir(parents=True)
    for path in photos(names=["astronaut", "chelsea", "camera"]):
        shutil.copy(path, folder)
    return folder


def problems(folder: Path) -> list[str]:
    return verify(known_set("photos"), folder.parent)


def test_golden_scores_are_the_reference(shared):
    with (shared / "reference" / "bicubic_golden.csv").open() as file:
        golden = {
            (
                row["benchmark"].lower(),
                row["protocol"],
                int(row["scale"]),
                float(row["psnr_y_db"]),
                float(row["ssim_y"]),
            )
            for row in csv.DictReader(file)
        }
    ours = {(name, *score) for name in known_names() for score in known_set(name).bicubic}
    assert {row for row in ours if row[0] in ("set5", "set14", "bsd100", "photos")} == golden


@pytest.mark.parametrize(
    "name",
    ["Set5", "set14", "BSD100", "T91", *(pytest.param(n, marks=pytest.mark.slow) for n in ("General100", "CID22-512"))],
)
def test_known_sets_are_the_reference_pixel_by_pixel(shared, name):
    assert verify(known_set(name), shared / "data") == []


def test_an_unknown_set():
    with pytest.raises(ValueError, match="no set called 'sat5'; it has bsd100"):
        known_set("sat5")


def test_entries_are_complete():
    for name in known_names():
        known = known_set(name)
        assert known.about and ((known.licence and known.folder and known.count) or known.parts)
        assert len(known.images) in (0, known.count)
        assert known.address is None or known.address.startswith(("https://", "http://www.eecs.berkeley.edu/"))
        assert known.checksum is None or re.fullmatch("sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", known.checksum)


def test_the_fields_training_sets_are_known():
    wanted = "t91 general100 bsds200 bsds300 bsds500 div2k flickr2k df2k lsdir wed cid22_512"
    assert set(wanted.split()) <= set(known_names())
    assert [known.count for known in known_sets("df2k")] == [800, 2650]


def test_bundled_photos_verify(bundled):
    assert problems(bundled) == []
    assert problems(bundled / "anything") == []


def test_lossless_copies_verify(bundled):
    with Image.open(bundled / "chelsea.png") as image:
        image.save(bundled / "chelsea.bmp")
    (bundled / "chelsea.png").unlink()
    assert problems(bundled) == []


def test_each_damage_has_its_name(bundled):
    astronaut = Image.open(bundled / "astronaut.png")
    astronaut.save(bundled / "astronaut.jpg", quality=90)
    (bundled / "astronaut.png").unlink()
    chelsea = Image.open(bundled / "chelsea.png")
    chelsea.crop((0, 0, 448, 300)).save(bundled / "chelsea.png")
    (bundled / "camera.png").unlink()
    Image.new("RGB", (9, 9)).save(bundled / "holiday.png")
    assert problems(bundled) == [
        "astronaut.jpg: altered, or re-encoded with losses (JPEG)",
        "chelsea.png: cropped or shrunk, 448×300 instead of 451×300",
        "camera.png: missing",
        "holiday.png: no image of this set",
    ]


def test_one_pixel_is_noticed(bundled):
    pixels = np.array(Image.open(bundled / "chelsea.png"))
    pixels[7, 8, 1] ^= 1
    Image.fromarray(pixels).save(bundled / "chelsea.png")
    assert problems(bundled) == ["chelsea.png: altered, or re-encoded with losses (PNG)"]


def test_other_damages(bundled):
    Image.open(bundled / "camera.png").convert("RGB").save(bundled / "camera.png")
    Image.open(bundled / "astronaut.png").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(bundled / "astronaut.png")
    (bundled / "chelsea.png").write_bytes((bundled / "chelsea.png").read_bytes()[:1000])
    found = problems(bundled)
    assert found[0] == "astronaut.png: another picture, or altered beyond recognition"
    assert found[1].startswith("chelsea.png: no image that can be read")
    assert found[2] == "camera.png: mode RGB instead of L, the pixels are the same"


def test_a_set_that_is_nowhere(tmp_path):
    with pytest.raises(ValueError, match=r"expected photos in .*found neither"):
        verify(known_set("photos"), tmp_path)
