"""Released weights score here what they score in their authors' code."""

import json

import pytest

SCORES = [
    ("imdn", "IMDN_x2.pth", 2, 38.00, 33.63),
    ("imdn", "IMDN_x3.pth", 3, 34.36, 30.32),
    ("imdn", "IMDN_x4.pth", 4, 32.21, 28.58),
    ("rlfn", "rlfn_x2.pth", 2, 38.07, 33.72),
    ("rlfn", "rlfn_x4.pth", 4, 32.24, 28.62),
    ("carn_m", "carn_m.pth", 2, 37.68, 33.30),
    ("carn_m", "carn_m.pth", 3, 34.06, 30.10),
    ("carn_m", "carn_m.pth", 4, 31.88, 28.42),
]


@pytest.mark.parametrize(
    ("benchmark", "column"), [("Set5", 0), pytest.param("Set14", 1, marks=pytest.mark.slow)], ids=["Set5", "Set14"]
)
@pytest.mark.parametrize(("name", "file", "scale", "set5", "set14"), SCORES, ids=[f"{f}-{s}" for _, f, s, *_ in SCORES])
def test_released_weights_score_what_they_do_in_their_authors_code(
    shared, command, tmp_path, name, file, scale, set5, set14, benchmark, column
):
    done = command(
        "evaluate",
        f"model={name}",
        f"scale={scale}",
        f"weights={shared / 'weights' / file}",
        f"benchmark.photos.images={shared / 'data' / benchmark}",
        "output_dir=run",
    )
    assert done.code == 0, done.err
    assert ("taken without module." in done.out) == (name == "imdn")
    scores = json.loads((tmp_path / "run" / "run.json").read_text())["scores"]
    (psnr,) = (score["value"] for score in scores if score["metric"] == "psnr")
    assert psnr == pytest.approx((set5, set14)[column], abs=0.01)
