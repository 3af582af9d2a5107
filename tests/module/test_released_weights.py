"""Released weights score here what they score in their authors' code."""

import json

import pytest

SCORES = [
    ("imdn", "IMDN_x4.pth", 4, "Set5", 32.21),
    ("rlfn", "rlfn_x4.pth", 4, "Set5", 32.24),
    ("carn_m", "carn_m.pth", 4, "Set5", 31.88),
]
LONGER = [
    ("imdn", "IMDN_x2.pth", 2, "Set5", 38.00),
    ("imdn", "IMDN_x3.pth", 3, "Set5", 34.36),
    ("imdn", "IMDN_x4.pth", 4, "Set14", 28.58),
    ("rlfn", "rlfn_x2.pth", 2, "Set5", 38.07),
    ("rlfn", "rlfn_x4.pth", 4, "Set14", 28.62),
    ("carn_m", "carn_m.pth", 2, "Set5", 37.68),
    ("carn_m", "carn_m.pth", 3, "Set5", 34.06),
    ("carn_m", "carn_m.pth", 4, "Set14", 28.42),
]


@pytest.mark.parametrize(
    ("name", "file", "scale", "benchmark", "expected"),
    [*SCORES, *(pytest.param(*case, marks=pytest.mark.slow) for case in LONGER)],
)
@pytest.mark.slow
def test_released_weights_score_what_they_do_in_their_authors_code(
    shared, command, tmp_path, name, file, scale, benchmark, expected
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
    assert psnr == pytest.approx(expected, abs=0.01)
