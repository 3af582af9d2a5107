"""Learning curves, gaps and the matrix of domains, found in what experiments differ in."""

import pytest
from made_up_runs import write_run

from sr_experiments import record
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.learning import domains, learning_curves
from sr_experiments.report.page.tables import label
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.report.text import text


def write(folder, *, images=None, width=8, data="photos", gains=(0.0,)):
    """Three runs of a network on so many images, `gains` above the bicubic of each benchmark, but for some noise."""
    for seed in range(3):
        config = {"name": "x", "scale": 3, "seed": seed, "model": {"width": width}, "data": {"images": images}}
        facts = {"config": config, "signature": f"{images}-{width}-{data}", "validation": {"psnr": 30.0, "step": 1}}
        facts["validation"] |= {"gap": 0.25} if images else {}
        run = folder / f"{facts['signature']}-{seed}"
        noise = [0.01 * seed + 0.02 * (number + seed) % 0.03 for number in range(4)]
        scores = [[30 + number + gain + noise[number] for number in range(4)] for gain in gains]
        write_run(run, psnr=scores[0], seed=seed, data=data, facts=facts)
        measure(run, scores[1:])


def write_bicubic(folder, benchmarks=1):
    facts = {"parameters": 0, "signature": "bicubic", "choices": {"model": "bicubic", "data": "photos"}}
    scores = [[30.0, 31.0, 32.0, 33.0]] * benchmarks
    write_run(folder / "bicubic", model="bicubic", psnr=scores[0], facts=facts)
    measure(folder / "bicubic", scores[1:])


def measure(run, scores):
    """Scores on documents, beside those on photos."""
    for psnr in scores:
        rows = [row | {"benchmark": "documents"} for row in record.scores(run)]
        record.add_scores(run, [row | {"value": value} for row, value in zip(rows, psnr, strict=True)])


def read(folder):
    found = experiments(read_runs([folder])[0])
    return found, leaderboards(found)


def test_the_axis_of_images_is_found_and_each_setting_is_a_line_of_gains(tmp_path):
    write_bicubic(tmp_path)
    for images, width, gain in ((2, 8, 0.1), (200, 8, 0.4), (8, 8, 0.2), (2, 64, -0.3), (200, 64, 0.9)):
        write(tmp_path, images=images, width=width, gains=[gain])
    _, (board,) = read(tmp_path)
    curves = learning_curves(board)
    assert curves and (curves.axis, curves.baseline) == ("training images", "bicubic")
    assert {name: [point.images for point in line] for name, line in curves.lines.items()} == {
        "width=8": [2, 8, 200],
        "width=64": [2, 200],
    }
    assert [point.mean for point in curves.lines["width=64"]] == pytest.approx([-0.3, 0.9], abs=0.04)
    assert all(point.low < point.mean < point.high for point in curves.lines["width=8"])
    assert text(board).count("+0.25") == 5 and "gap" in text(board)


def test_where_all_learn_from_as_many_images_there_is_no_curve(tmp_path):
    for width in (8, 64):
        write(tmp_path, width=width)
    _, (board,) = read(tmp_path)
    assert learning_curves(board) is None and "gap" not in text(board)


def test_the_matrix_has_a_row_for_each_training_set_and_says_what_is_not_shown(tmp_path):
    write_bicubic(tmp_path, benchmarks=2)
    write(tmp_path, data="photos", gains=[0.5, -0.4])
    write(tmp_path, data="documents", gains=[-0.02, 2.0])
    _, boards = read(tmp_path)
    matrix = domains(boards, [label(board, boards) for board in boards])
    assert matrix and matrix.columns == ["documents ×3", "photos ×3"] and matrix.baseline == "bicubic"
    (cells,) = (row for name, row in matrix.rows.items() if "documents" in name)
    assert [(cell.own, cell.shown) for cell in cells] == [(True, True), (False, False)]
    assert cells[0].text.startswith("+2.0") and "[" in cells[1].text


def test_one_training_set_makes_no_matrix(tmp_path):
    write_bicubic(tmp_path, benchmarks=2)
    write(tmp_path, gains=[0.1, 0.2])
    _, boards = read(tmp_path)
    assert len(boards) == 2 and domains(boards, ["a", "b"]) is None
