"""Learning curves, gaps and the matrices of domains and degradations, found in what experiments differ in."""

import pytest
from made_up_runs import write_bicubic, write_learnt

from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.learning import domains, learning_curves
from sr_experiments.report.page.tables import label
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.report.text import text


def read(folder):
    found = experiments(read_runs([folder])[0])
    return found, leaderboards(found)


@pytest.mark.slow
def test_the_axis_of_images_is_found_and_each_setting_is_a_line_of_gains(tmp_path):
    write_bicubic(tmp_path)
    for images, width, gain in ((2, 8, 0.1), (200, 8, 0.4), (8, 8, 0.2), (2, 64, -0.3), (200, 64, 0.9)):
        write_learnt(tmp_path, images=images, width=width, gains=[gain])
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
        write_learnt(tmp_path, width=width)
    _, (board,) = read(tmp_path)
    assert learning_curves(board) is None and "gap" not in text(board)


def test_the_matrix_has_a_row_for_each_training_set_and_says_what_is_not_shown(tmp_path):
    write_bicubic(tmp_path, benchmarks=2)
    write_learnt(tmp_path, data="photos", gains=[0.5, -0.4])
    write_learnt(tmp_path, data="documents", gains=[-0.02, 2.0])
    _, boards = read(tmp_path)
    matrix = domains(boards, [label(board, boards) for board in boards])
    assert matrix and matrix.columns == ["documents ×3", "photos ×3"] and matrix.baseline == "bicubic"
    (cells,) = (row for name, row in matrix.rows.items() if "documents" in name)
    found = [cell for cell in cells if cell]
    assert [(cell.own, cell.shown) for cell in found] == [(True, True), (False, False)]
    assert found[0].text.startswith("+2.0") and "[" in found[1].text


def test_one_training_set_makes_no_matrix(tmp_path):
    write_bicubic(tmp_path, benchmarks=2)
    write_learnt(tmp_path, gains=[0.1, 0.2])
    _, boards = read(tmp_path)
    assert len(boards) == 2 and domains(boards, ["a", "b"]) is None


def test_where_all_learnt_from_one_set_the_matrix_is_of_degradations(tmp_path):
    write_bicubic(tmp_path, benchmarks=2, other="degradation")
    write_learnt(tmp_path, degradation="bicubic", gains=[0.5, -0.4], other="degradation")
    write_learnt(tmp_path, degradation="jpeg", gains=[-0.02, 2.0], other="degradation")
    _, boards = read(tmp_path)
    matrix = domains(boards, [board.setting["degradation"] for board in boards])
    assert matrix and matrix.columns == ["bicubic", "jpeg"]
    own = {name: [cell.own for cell in cells if cell] for name, cells in matrix.rows.items()}
    assert own == {"espcn degradation=bicubic": [True, False], "espcn degradation=jpeg": [False, True]}
