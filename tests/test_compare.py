"""sr-compare on run directories."""

import json
import re
import shutil

import pytest

from sr_experiments import record


@pytest.fixture
def run(tmp_path):
    """Write a finished run directory: `run("a", model="espcn", psnr=[30.0, 31.0], seed=1)`."""

    def write(
        name,
        *,
        model="espcn",
        psnr=(30.0, 32.0),
        seed=0,
        scale=3,
        status="finished",
        protocol="standard",
        benchmark="photos",
        data="photos",
        **values,
    ):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        config = {"name": "x", "scale": scale, "seed": seed, "model": {"kind": model, **values}}
        record.begin(folder, config, record.signature(config, "data"), {"model": model, "data": data, "logger": name})
        about = {
            "benchmark": benchmark,
            "scale": scale,
            "degradation": "bicubic",
            "protocol": protocol,
            "variant": "plain",
        }
        rows = [{**about, "image": str(n), "metric": "psnr", "value": value} for n, value in enumerate(psnr)]
        record.add_scores(folder, rows)
        curve = [{"step": step, "seconds": step, "name": "val/psnr", "value": 20 + step} for step in (1, 2)]
        record.write_rows(folder / "metrics.csv", record.CURVE_COLUMNS, curve)
        record.update(folder, status=status, parameters=1234, timings={"train_seconds": 5.0})
        return folder

    return write


def table(out):
    """The rows of the printed leaderboards as lists of cells."""
    return [re.split(r"\s{2,}", line.strip()) for line in out.splitlines() if re.search(r"\d\.\d\d", line)]


def test_means_deviations_and_differences(command, run, tmp_path):
    run("b", model="bicubic", psnr=[30.0, 32.0])
    run("e0", psnr=[31.0, 33.0], seed=0)
    run("e1", psnr=[31.5, 33.5], seed=1)
    done = command("compare", "runs")
    assert done.code == 0, done.err
    first, second = table(done.out)
    verdict = "+1.25 dB [1.00, 1.50] on 2 images × 2 and 1 seeds"
    assert first == ["espcn", "2", "32.25", "0.35", "–", "1,234", "5", verdict]
    assert second == ["bicubic", "1", "31.00", "–", "–", "1,234", "5", "–"]


def test_rows_are_called_by_what_differs(command, run):
    run("a", width=32)
    run("b", width=64)
    run("c", model="fsrcnn", width=12)
    names = {row[0] for row in table(command("compare", "runs").out)}
    assert names == {"espcn width=32", "espcn width=64", "fsrcnn"}


def test_scales_and_protocols_are_never_mixed(command, run):
    run("a")
    run("b", scale=2)
    run("c", protocol="rgb", width=1)
    done = command("compare", "runs")
    titles = [line for line in done.out.splitlines() if line.endswith(" protocol")]
    assert len(titles) == 3


def test_published_scores_stand_beside_ours_and_say_what_differs(command, run, tmp_path):
    """FSRCNN ×3 on Set5: the paper prints 33.06 dB for T91 alone, 33.16 for more data."""
    run("a", model="fsrcnn", benchmark="set5", data="t91", psnr=[33.0])
    run("b", model="bicubic", benchmark="set5", psnr=[30.4])
    done = command("compare", "runs")
    rows = {row[0]: row for row in table(done.out)}
    assert "33.06* (-0.06)" in rows["fsrcnn"]
    assert "30.39* (+0.01)" in rows["bicubic"]
    assert "* bicubic: published by the protocol classic" in done.out
    assert "published by the protocol classic" in (tmp_path / "report.html").read_text()


def test_any_row_can_be_the_baseline(command, run):
    run("a", psnr=[30.0])
    run("b", model="fsrcnn", psnr=[31.0])
    done = command("compare", "runs", "--baseline", "espcn")
    assert table(done.out)[0][-1].startswith("+1.00 dB")
    wrong = command("compare", "runs", "--baseline", "nosuch")
    assert wrong.code == 1
    assert "no experiment is called nosuch: choose one of espcn; fsrcnn" in wrong.err


def test_what_is_unfinished_or_broken_is_listed_and_does_not_stop_the_page(command, run, tmp_path):
    run("a")
    run("killed", model="fsrcnn", status="running")
    for name, text in (("cut", '{"format": 1, "sta'), ("foreign", "[]"), ("old", '{"format": 0}'), ("empty", "{}")):
        folder = tmp_path / "runs" / name
        folder.mkdir()
        (folder / "run.json").write_text(text)
    done = command("compare", "runs")
    assert done.code == 0, done.err
    assert "killed interrupted" in done.out
    assert len(done.err.splitlines()) == 4
    page = (tmp_path / "report.html").read_text()
    assert "fsrcnn, seed 0: interrupted" in page
    assert "runs/cut" in page


def test_the_page_needs_nothing_else_and_escapes_names(command, run, tmp_path):
    run("a", model="<script>alert(1)</script>")
    assert command("compare", "runs", "--output", "deep/page.html").code == 0
    page = (tmp_path / "deep" / "page.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:)', body)


def test_real_crops_stand_side_by_side(command, tiny, tmp_path):
    assert command("train", *tiny).code == 0
    options = [option for option in tiny if not option.startswith(("model.", "output_dir"))]
    assert command("train", *options, "model=bicubic", "output_dir=other").code == 0
    done = command("compare", "run", "other")
    assert {row[0] for row in table(done.out)} == {"bicubic", "espcn"}
    assert (tmp_path / "report.html").read_text().count('<img src="data:image/png;base64,') == 2 * 4


def test_moved_runs_are_still_runs(command, run, tmp_path):
    shutil.move(run("a"), tmp_path / "elsewhere")
    assert command("compare", "elsewhere").code == 0


def test_nothing_to_compare(command, tmp_path):
    assert "found nothing at nowhere" in command("compare", "nowhere").err
    (tmp_path / "empty").mkdir()
    assert command("compare", "empty").code == 1
    assert command("compare").code == 2


def test_a_thousand_records_are_json_alone(run, tmp_path):
    facts = json.loads((run("a") / "run.json").read_text())
    assert facts["config"]["model"] == {"kind": "espcn"}
