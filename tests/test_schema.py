"""Records of strangers: read as far as they are right, listed where they are not, shown as text."""

import json
import os
from pathlib import Path

import pytest
from made_up_runs import write_run

from sr_experiments import record
from sr_experiments.inference.run import load_run
from sr_experiments.legible import legible
from sr_experiments.report.curves import lines
from sr_experiments.report.runs import experiments, read_runs
from sr_experiments.schema import FINISHED, check

DEEP = '{"a":' * 500 + "1" + "}" * 500
ESCAPES = "\x1b[2J\x9b31m\r\u202eevil\ud800\0"
BAD = {
    "scale as a list": ("config", {"scale": [3]}),
    "scale as text": ("config", {"scale": "three"}),
    "scale without end": ("config", {"scale": float("inf")}),
    "color as a list": ("config", {"color": ["rgb"]}),
    "a network as text": ("config", {"model": "espcn"}),
    "data as a list": ("config", {"data": [1]}),
    "threads as text": ("threads", "all"),
    "deep JSON": ("config", json.loads(DEEP)),
    "a number as model": ("choices", {"model": 7}),
    "choices as a list": ("choices", []),
    "text as timings": ("timings", "long"),
    "text in timings": ("timings", {"train_seconds": "long"}),
    "an empty profile": ("profiles", [{}]),
    "a profile of a number": ("profiles", [7]),
    "an input of one side": ("profiles", [{"latency_ms": 1.0, "device": "", "threads": 1, "input": [1]}]),
    "machine as text": ("machine", "mine"),
    "processor as a list": ("machine", {"processor": [1]}),
    "parameters as text": ("parameters", "many"),
    "no number of parameters": ("parameters", float("nan")),
    "more parameters than a float holds": ("parameters", 10**400),
    "ended as a number": ("ended", 3),
    "ended as a word": ("ended", "today"),
    "code as a list": ("code", [1]),
    "a seed that is true": ("seed", True),
    "a seed as text": ("seed", "0"),
    "status as an object": ("status", {}),
    "selection as a number": ("selection_saw", 5),
    "no metric that chose the weights": ("validation", {"step": 4}),
    "words that chose the weights": ("validation", {"psnr": "good", "step": 4}),
    "directions as a list": ("higher_is_better", [True]),
}


def test_weights_may_be_chosen_by_any_metric():
    check({"code": "", "config": {}, "validation": {"difference": -0.5, "step": 4}}, FINISHED)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_record_is_listed_beside_the_results_of_others(command, tmp_path, kind):
    write_run(tmp_path / "runs" / "good")
    bad = write_run(tmp_path / "runs" / "bad", model="fsrcnn") / "run.json"
    bad.write_text(json.dumps({**json.loads(bad.read_text()), **dict([BAD[kind]])}))
    done = command("compare", "runs", "--csv")
    assert done.code == 0 and "Traceback" not in done.err, done.err
    assert "espcn" in done.out and "fsrcnn" not in done.out
    assert done.err.startswith("runs/bad: ") and "broken: " in done.err
    with pytest.raises(ValueError, match=r"runs/bad: .*broken: "):
        load_run(Path("runs/bad"))


@pytest.mark.parametrize("kind", ["braces", "a long field", "no number", "no file", "a pipe", "far deeper JSON"])
def test_bad_files_cost_no_other_run(command, tmp_path, kind):
    write_run(tmp_path / "runs" / "good")
    bad = write_run(
        tmp_path / "runs" / "bad", model="fsrcnn", benchmark="{x} {0} {", facts={"selection_saw": ["{x} {0} {"]}
    )
    scores = bad / "scores.csv"
    if kind == "a long field":
        scores.write_text(scores.read_text() + "x" * 200_000)
        (bad / "metrics.csv").write_text("step,seconds,name,value\n" + "x" * 200_000)
    elif kind == "no number":
        scores.write_text(scores.read_text().replace("30.0", "thirty"))
    elif kind == "no file":
        (bad / "run.json").unlink()
    elif kind == "a pipe":
        scores.unlink()
        os.mkfifo(scores)
    elif kind == "far deeper JSON":
        (bad / "run.json").write_text("[" * 200_000)
    done = command("compare", "runs")
    assert done.code == 0 and "Traceback" not in done.err, done.err
    assert "espcn" in done.out
    assert ("its selection saw {x} {0} {" in done.out) if kind == "braces" else ("runs/bad: " in done.err)


def test_what_a_record_says_is_shown_as_text(command, tmp_path):
    """Terminal escapes, controls, marks of direction and half characters; in record, scores, curves, log and folder."""
    folder = tmp_path / "runs" / "\x1b[31mred"
    run = write_run(
        folder, model=ESCAPES, benchmark=ESCAPES[:-2], psnr={f"i{ESCAPES[:-2]}": 30.0}, facts={"x": ESCAPES}
    )
    (run / "console.log").write_bytes(b"warning: \x1b]8;;http://evil\x07here\n")
    write_run(tmp_path / "runs" / "going\x1b[2J", model="srcnn", status="running")
    (tmp_path / "runs" / "\x1b[2Jno").mkdir()
    (tmp_path / "runs" / "\x1b[2Jno" / "run.json").write_text("[]")
    for options in ([], ["--csv"], ["--markdown"], ["--latex"], ["--json"]):
        done = command("compare", "runs", *options)
        assert done.code == 0, done.err
        assert all(each.isprintable() or each == "\n" for each in done.out + done.err)
    assert r"\x1b[2J" in done.err
    page = (tmp_path / "report.html").read_text()
    assert r"\x1b[2J\x9b31m\r\u202eevil\ud800\x00" in page and "\x1b" not in page
    (found, *_), _ = read_runs([folder])
    assert found.warnings[-1] == r"warning: \x1b]8;;http://evil\x07here"


def test_ordinary_text_stays_as_it_is():
    assert legible("ESPCN ×3 – Fotos, 写真") == "ESPCN ×3 – Fotos, 写真"
    assert legible("a\nb\t\x07", kept="\n\t") == "a\nb\t\\x07"


def test_curves_of_no_numbers_are_left_out(tmp_path):
    run = write_run(tmp_path / "a")
    more = "1,inf,x,1\n1,1,y,nan\n-,1,z,1\n1e999,1,z,1\n"
    (run / "metrics.csv").write_text((run / "metrics.csv").read_text() + more)
    (experiment,) = experiments(read_runs([tmp_path])[0])
    assert set(lines(experiment)) == {"val/psnr", "train/loss"}


@pytest.mark.parametrize("name", ["run.json", "scores.csv", "metrics.csv", "console.log"])
def test_no_link_is_followed_out_of_a_run(tmp_path, name):
    run, other = write_run(tmp_path / "run"), write_run(tmp_path / "other", model="secret", psnr=[77.4711])
    (other / "console.log").write_text("warning: secret")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(other / name)
    found, problems = read_runs([run])
    texts = [str(problem) for problem in problems] + [repr((each.record, each.scores)) for each in found]
    texts += [repr((each.curves, each.warnings)) for each in found]
    assert not any("secret" in text or "77.4711" in text for text in texts)
    assert bool(problems) == (name in ("run.json", "scores.csv"))
    (run / name).unlink()
    (run / "kept").write_bytes((other / name).read_bytes())
    (run / name).symlink_to("kept")
    assert not read_runs([run])[1]


@pytest.mark.slow
def test_records_of_this_package_are_right():
    root = record.Path(record.__file__).parents[1]
    assert read_runs([root / "docs" / "results", root / "sr_experiments" / "trained"])[1] == []
