"""Perception against distortion: points, bars, the front, and who learnt from the judge."""

import csv
import io

import pytest
from made_up_runs import JUDGE, VARIANTS, write_plane

from sr_experiments import record
from sr_experiments.report.formats import as_csv, as_latex
from sr_experiments.report.leaderboard import leaderboards, row_difference
from sr_experiments.report.plane import planes
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.report.text import notes


@pytest.fixture
def runs(tmp_path):
    return write_plane(tmp_path / "runs")


def test_points_of_all_variants_share_a_plane(runs):
    boards = leaderboards(experiments(read_runs([runs])[0]))
    assert {board.setting["variant"] for board in boards} == {"plain", *VARIANTS}
    for board in boards:
        (plane,) = planes(board, boards)
        assert (plane.metric, plane.judge, plane.better) == ("features", JUDGE, -1) and len(plane.points) == 6
        assert [(point.row.name, point.variant) for point in map(plane.points.__getitem__, plane.front)] == [
            ("l1", "plain"),
            ("draws", "sample_mean"),
            ("gan", "plain"),
        ]
        assert [point.row.name for point in plane.points if point.learnt] == ["gan"]


def test_a_bar_is_the_interval_of_the_difference_to_the_baseline(runs):
    boards = leaderboards(experiments(read_runs([runs])[0]))
    (plane,) = planes(boards[-1], boards[::-1])
    points = {(point.row.name, point.variant): point for point in plane.points}
    assert points["bicubic", "plain"].distortion.reach is None
    sample, bicubic = points["draws", "sample"], points["bicubic", "plain"].row
    for metric, bar in (("psnr", sample.distortion), ("features", sample.perception)):
        found = row_difference(sample.row, bicubic, metric)
        assert found and bar.reach == found.high - found.mean > 0


def test_tables_say_it_too(runs):
    boards = leaderboards(experiments(read_runs([runs])[0]))
    rows = {(row["experiment"], row["variant"]): row for row in csv.DictReader(io.StringIO(as_csv(boards)))}
    assert {key for key, row in rows.items() if row["features_front"] == "True"} == {
        ("l1", "plain"),
        ("draws", "sample_mean"),
        ("gan", "plain"),
    }
    assert rows["gan", "plain"]["features_learnt"] == "True" and rows["l1", "plain"]["features_learnt"] == "False"
    assert float(rows["l1", "plain"]["features_reach"]) > 0 and rows["bicubic", "plain"]["features_reach"] == ""
    figure = as_latex(boards).split("\\begin{tikzpicture}")
    assert len(figure) == 2 and "y dir=reverse" in figure[1] and "(28.0000,0.5000) +- (" in figure[1]
    assert "dotted, no marks] coordinates {(28.0000,0.5000) (27.8000,0.4500) (26.5000,0.2000)}" in figure[1]


def test_notes_say_what_chose_the_weights_and_what_samples_scatter(runs):
    """Three samples of five images, a dB apart: the ideal loss of a sample is 10·log10(2 / (1 + 1/3))."""
    told = {
        board.setting["variant"]: "\n".join(notes(board)) for board in leaderboards(experiments(read_runs([runs])[0]))
    }
    assert "weights were chosen by the validation images' psnr (l1, draws); features (gan)" in told["plain"]
    assert f"features by {JUDGE}\n" in told["plain"]
    scatter = "draws: the 3 samples of an image scatter by 1 dB, which leaves 0.26 dB of the mean unsure"
    assert f"{scatter}; a sample loses 2.80 dB against their mean, an ideal one 1.76 dB" in told["sample"]
    assert "scatter" not in told["sample_mean"] + told["plain"]


def test_values_of_two_judges_are_said_not_to_compare(runs):
    record.update(runs / "l1", judges={"features": "Vgg19 at conv5_4"})
    told = "\n".join(note for board in leaderboards(experiments(read_runs([runs])[0])) for note in notes(board))
    assert "features by Vgg19 at conv5_4 (l1), which does not compare with others" in told


def test_training_times_of_a_fast_trainer_are_said_not_to_compare(runs):
    config = record.read(runs / "gan")["config"]
    record.update(runs / "gan", config={**config, "callbacks": {"fast": {}}})
    told = "\n".join(note for board in leaderboards(experiments(read_runs([runs])[0])) for note in notes(board))
    assert "trainer=fast made gan: its training times compare with its like alone" in told
