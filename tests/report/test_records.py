"""The line that repeats a run."""

import pytest

from sr_experiments.report.page.records import command


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["/x/sr_experiments/train.py", "model=fsrcnn", "output_dir='/x/y'"], "sr-train model=fsrcnn"),
        (["/usr/bin/sr-evaluate", "run=a b"], "sr-evaluate 'run=a b'"),
        (None, ""),
        ("rm -r /", ""),
    ],
)
def test_the_command_in_its_default_place(arguments, line):
    assert command(arguments) == line
