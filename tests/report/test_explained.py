"""Explanations on the page of a comparison."""

import pytest

from sr_experiments.report.explained import explain_boards
from sr_experiments.report.leaderboard import leaderboards
from sr_experiments.report.runs import experiments, read_runs


@pytest.mark.slow
def test_the_page_says_what_runs_made_their_crops_of(command, tiny, tmp_path):
    assert command("train", *tiny).code == 0
    (boards, before) = leaderboards(experiments(read_runs([tmp_path / "run"])[0])), sorted(tmp_path.rglob("run/**/*"))
    (said,) = explain_boards(boards)
    assert len(said.found) == 2 and not said.problems and sorted(tmp_path.rglob("run/**/*")) == before
    ((_, index, effective, field, followed),) = said.rows
    assert 0 < index < 60 and 1 <= effective <= 9 == field and 0 < followed <= 0.5
    (spectrum,) = said.spectra().values()
    assert len(spectrum["share"]) == 24 and spectrum["share"][0] < 0.5 < max(spectrum["share"])
    (tmp_path / "run" / "weights.safetensors").unlink()
    done = command("compare", "run", "--explain", "--output", "page.html")
    assert done.code == 0, done.err
    page = (tmp_path / "page.html").read_text()
    assert "has no weights.safetensors" in page and "data:image/webp;base64" not in page


@pytest.mark.parametrize("other", [["--serve"], ["--pictures", "none"]])
def test_explanations_need_a_page_that_is_written_once(command, tmp_path, other):
    done = command("compare", str(tmp_path), "--explain", *other)
    assert done.code != 0 and "--explain is for a page with pictures" in done.err
