"""Terminals of other encodings, and a command that prints on them."""

import io
import sys

import pytest

from sr_experiments.tables import read_rows


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_a_terminal_lacks_is_written_otherwise_and_scores_are_kept(
    encoding, command, pictures, monkeypatch, tmp_path
):
    """The bug: a sign that the terminal's encoding lacks ended the command, after measuring and before keeping."""
    folder = pictures("größe – 4", 1)
    options = ["benchmark=folder", f"benchmark.folder.root={folder}", "scale=2", "output_dir=kept"]
    printed = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", printed)
    for name, arguments in (("evaluate", options), ("models", ["espcn"]), ("compare", ["kept"])):
        assert command(name, *arguments).code == 0, name
    assert len(read_rows(tmp_path / "kept" / "scores.csv")) == 2
    text = printed.buffer.getvalue().decode(encoding)
    assert "bicubic: folder x2" in text.replace("×", "x") and "gr\\xf6\\xdfe - 4" in text.replace("ö", "\\xf6").replace(
        "ß", "\\xdf"
    )
