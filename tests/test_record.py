"""What a run leaves behind."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from sr_experiments import record, tables
from sr_experiments.callbacks.atomic import AtomicCheckpoints
from sr_experiments.lock import hold
from sr_experiments.module.weights import save_weights
from sr_experiments.signature import signature_of

NAMES = st.sampled_from(["seed", "name", "output_dir", "logger", "benchmark", "protocol", "metrics"])


def config():
    return {
        "seed": 0,
        "name": "a",
        "model": {"width": 3},
        "data": {"train": "x", "val": "y", "workers": 0, "patch": 17},
    }


@pytest.mark.slow
@given(NAMES, st.integers() | st.text())
def test_what_cannot_change_the_network_is_no_part_of_the_experiment(name, value):
    assert signature_of({**config(), name: value}, "key") == signature_of(config(), "key")


def test_what_can_change_the_network_makes_another_experiment():
    ours = signature_of(config(), "key")
    wider = {**config(), "model": {"width": 4}}
    patch = {**config(), "data": {**config()["data"], "patch": 18}}
    moved = {**config(), "data": {**config()["data"], "train": "elsewhere", "workers": 9}}
    assert len({ours, signature_of(wider, "key"), signature_of(patch, "key"), signature_of(config(), "k")}) == 4
    assert signature_of(moved, "key") == ours


def test_a_file_that_the_config_names_counts_by_what_it_holds(tmp_path):
    """A criterion's teacher, or a folder of a run: not where it lies."""
    keys = []
    for name, content in (("a.pt", "one"), ("b.pt", "one"), ("c.pt", "two"), ("run/weights.safetensors", "two")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
        teacher = str(tmp_path / name.removesuffix("/weights.safetensors"))
        keys.append(signature_of({**config(), "loss": {"teacher": teacher}}, "key"))
    assert keys[0] == keys[1] != keys[2] == keys[3]


WRITERS = {
    "record": lambda path: tables.write_text(path, "{}"),
    "weights": lambda path: save_weights(nn.Conv2d(1, 1, 1), path),
    "checkpoint": lambda path: AtomicCheckpoints().save_checkpoint({}, path),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_rename_that_fails_leaves_no_temporary_file(tmp_path, writer):
    (tmp_path / "place" / "other").mkdir(parents=True)
    with pytest.raises(OSError, match="place"):
        WRITERS[writer](tmp_path / "place")
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_scores_measured_again_replace_those_before(tmp_path):
    row: dict[str, Any] = dict(
        zip(
            tables.SCORE_COLUMNS,
            ("set", "a", 3, "bicubic", "standard", "0123456789ab", "plain", "", "psnr", 30.0),
            strict=True,
        )
    )
    record.add_scores(tmp_path, [row, {**row, "image": "b", "value": 32.0}])
    record.add_scores(tmp_path, [{**row, "value": 31.0}])
    assert {line["image"]: line["value"] for line in tables.read_rows(tmp_path / "scores.csv")} == {
        "a": "31.0",
        "b": "32.0",
    }
    (mean,) = record.read_json(tmp_path)["scores"]
    assert (mean["value"], mean["images"], mean["scale"]) == (31.5, 2, 3)


MANY = """
import sys
from pathlib import Path
from sr_experiments import record
for number in range(50):
    record.update(Path(), **{f"{sys.argv[1]} {number}": number})
    record.note_selection(Path(), [f"{sys.argv[1]} {number}"])
"""


@pytest.mark.slow
def test_writers_at_once_lose_nothing(tmp_path):
    """Four processes, as `sr-profile`, `sr-evaluate` and a sweep's launcher beside a training; nobody waits for it."""
    record.update(tmp_path, status="running")
    with hold(tmp_path):
        writers = [subprocess.Popen([sys.executable, "-c", MANY, name]) for name in "abcd"]
        while any(writer.poll() is None for writer in writers):
            assert record.read(tmp_path)["status"] == "running"
    written = record.read(tmp_path)
    assert len(written) == 3 + 4 * 50 and written["status"] == "interrupted" and len(written["selection_saw"]) == 4 * 50
    assert not [writer.returncode for writer in writers if writer.returncode]


def test_a_record_of_format_1_is_read_and_measured_anew(tmp_path):
    """Its rows have no key; those of the same names go when they get one, others stay."""
    old = "benchmark,image,scale,degradation,protocol,variant,metric,value\n"
    rows = (f"set,a,{scale},bicubic,standard,plain,psnr,{value}\n" for scale, value in ((3, 29.0), (2, 33.0)))
    (tmp_path / "scores.csv").write_text(old + "".join(rows))
    (tmp_path / "run.json").write_text('{"format": 1, "status": "finished"}')
    assert record.read(tmp_path)["format"] == 1
    assert {(row["key"], row["sample"]) for row in record.scores(tmp_path)} == {("", "")}
    named = ("set", "a", 3, "bicubic", "standard", "0123456789ab", "plain", "", "psnr", 30.0)
    row: record.Record = dict(zip(tables.SCORE_COLUMNS, named, strict=True))
    record.add_scores(tmp_path, [row], ways={"0123456789ab": {"tile": None}})
    record.add_scores(tmp_path, [{**row, "key": "ba9876543210"}], ways={"ba9876543210": {"tile": 16}})
    values = [(row["scale"], row["key"][:2], row["value"]) for row in record.scores(tmp_path)]
    assert values == [("2", "", "33.0"), ("3", "01", "30.0"), ("3", "ba", "30.0")]
    facts = record.read_json(tmp_path)
    assert facts["format"] == 2 and set(facts["ways"]) == {"0123456789ab", "ba9876543210"}


def test_curves_are_cut_where_a_run_goes_on(tmp_path):
    path = tmp_path / "metrics.csv"
    rows = [{"step": step, "seconds": step, "name": "val/psnr", "value": 1} for step in (5, 10, 15)]
    tables.write_rows(path, tables.CURVE_COLUMNS, rows)
    tables.keep_curves(path, until=10)
    assert [row["step"] for row in tables.read_rows(path)] == ["5", "10"]


def test_a_line_cut_short_is_left_out(tmp_path):
    (tmp_path / "metrics.csv").write_text("step,seconds,name,value\n1,1,val/psnr,30\n2,2,val/")
    assert len(tables.read_rows(tmp_path / "metrics.csv")) == 1


@pytest.mark.parametrize(
    "module", ["sr_experiments", "sr_experiments.record", "sr_experiments.compare", "sr_experiments.upscale"]
)
def test_it_answers_without_torch(module):
    code = f"import {module}, sys; sys.exit(bool({{'torch', 'hydra', 'plotly'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_record_without_a_signature_is_another_experiments(tmp_path):
    record.update(tmp_path, status="failed")
    with pytest.raises(ValueError, match="another experiment"):
        record.state(tmp_path, "0123456789ab")


@pytest.mark.parametrize("write", [tables.write_text, lambda path, _: tables.write_rows(path, ["a"], [{"a": 1}])])
def test_a_file_that_cannot_take_its_place_leaves_nothing(write, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "folder", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
