"""sr-compare on run directories."""

import csv
import io
import json
import re
import shutil
from statistics import stdev

import pytest
from made_up_runs import write_plane, write_run

from sr_experiments import record


@pytest.fixture
def run(tmp_path):
    """Write a finished run directory: `run("a", model="espcn", psnr=[30.0, 31.0], seed=1)`."""
    return lambda name, **facts: write_run(tmp_path / "runs" / name, **facts)


def table(out):
    """The rows of the printed leaderboards as lists of cells."""
    rows = [re.split(r"\s{2,}", line.strip()) for line in out.splitlines() if re.search(r"\d\.\d\d", line)]
    return [row for row in rows if len(row) > 1]


def test_means_deviations_and_differences(command, run, tmp_path):
    run("b", model="bicubic", psnr=[30.0, 32.0], facts={"parameters": 0})
    run("e0", psnr=[31.0, 33.0], seed=0)
    run("e1", psnr=[31.5, 33.5], seed=1)
    done = command("compare", "runs")
    assert done.code == 0, done.err
    first, second = table(done.out)
    verdict = "no difference shown: +1.25 dB [-1.93, 4.43] on 2 images × 2 and 1 seeds, p = 0.13"
    assert first == ["espcn", "2", "32.25", "0.35", "–", "1,234", "5", verdict]
    assert second == ["bicubic", "1", "31.00", "–", "–", "0", "5", "–"]


def test_what_could_have_been_told_apart(command, run, tmp_path):
    """A line in every view; `--power` prints the chances by seeds and images, and writes no page."""
    run("b", model="bicubic", psnr=[30.0, 32.0, 31.0], facts={"parameters": 0})
    for seed in range(3):
        run(f"e{seed}", psnr=[31.0 + seed / 9, 33.1 - seed / 7, 31.8 + seed / 8], seed=seed)
    done = command("compare", "runs", "--power", "0.02")
    assert done.code == 0, done.err
    assert "power to tell 0.02 dB apart from bicubic" in done.out
    assert not (tmp_path / "report.html").exists()
    line = done.out.splitlines()[-1]
    assert re.match(r"could tell [\d.]+ dB apart from bicubic at 3 seeds × 3 images; [\d.]+ dB would take \d+", line)
    rows = [line.split() for line in done.out.splitlines() if line.endswith("%")]
    assert [row[0] for row in rows] == ["2", "3", "5", "10", "20"]
    chances = [[int(cell.rstrip("%")) for cell in row[1:]] for row in rows]
    assert all(row == sorted(row) for row in chances) and chances[0][0] < chances[-1][-1]
    assert line in command("compare", "runs").out
    assert line in (tmp_path / "report.html").read_text()
    assert line in command("compare", "runs", "--markdown").out
    refused = command("compare", "runs", "--power", "0")
    assert refused.code == 2 and "expected a difference above 0, got 0" in refused.err


def test_rows_are_called_by_what_differs(command, run):
    run("a", width=32)
    run("b", width=64)
    run("c", model="fsrcnn", width=12)
    names = {row[0] for row in table(command("compare", "runs").out)}
    assert names == {"espcn width=32", "espcn width=64", "fsrcnn"}


def test_losses_chosen_together_name_a_row(command, run, tmp_path):
    """Hydra's choices hold no list: `loss=[l1,perceptual]` shows in the configuration alone."""
    for name, losses in (("a", ["l1"]), ("b", ["l1", "perceptual"])):
        run(name, width=len(losses))
        facts = record.read_json(tmp_path / "runs" / name)
        network = {f"model/features@loss.{loss}.criterion.network": "vgg19" for loss in losses[1:]}
        config = facts["config"] | {"loss": {loss: {"weight": 1.0} for loss in losses}}
        record.update(tmp_path / "runs" / name, config=config, choices=facts["choices"] | network)
    assert {row[0] for row in table(command("compare", "runs").out)} == {"espcn loss=l1", "espcn loss=l1+perceptual"}


def test_scales_and_protocols_are_never_mixed(command, run):
    run("a")
    run("b", scale=2)
    run("c", protocol="rgb", width=1)
    done = command("compare", "runs")
    titles = [line for line in done.out.splitlines() if line.endswith(" protocol")]
    assert len(titles) == 3


def test_published_scores_stand_beside_ours_and_say_what_differs(command, run, tmp_path):
    """FSRCNN ×3 on Set5: the paper prints 33.06 dB for T91 alone, 33.16 for more data."""
    run("a", model="fsrcnn", benchmark="set5", data="t91", psnr=5 * [33.0])
    run("b", model="bicubic", benchmark="set5", psnr=5 * [30.4])
    run("c", model="fsrcnn", benchmark="set5", data="t91", psnr=5 * [33.5], skip="bicubic", part="skip")
    head = {"_target_": "sr_experiments.model.head.resize_conv.ResizeConvolutionHead"}
    run("d", model="fsrcnn", benchmark="set5", data="t91", psnr=5 * [32.0], head=head, part="head")
    for degradation, variant in (("dn", "plain"), ("bicubic", "self_ensemble")):
        run(variant + degradation, model="fsrcnn", benchmark="set5", psnr=5 * [32.0], part=variant + degradation,
            degradation=degradation, variant=variant)  # fmt: skip
    done = command("compare", "runs")
    rows = {row[0]: row for row in table(done.out)}
    beside = {row[2]: cell for row in rows.values() for cell in row if "33.06" in cell}
    assert beside == {"33.50": "33.06* (+0.44)", "33.00": "33.06* (-0.06)"}
    assert ": published by the protocol classic; published after training with skip=none" in done.out
    assert "30.39* (+0.01)" in rows["bicubic"]
    assert re.search(r"\* fsrcnn [^:]*bicubic: published by the protocol classic\n", done.out)
    assert "published by the protocol classic" in (tmp_path / "report.html").read_text()


def test_rows_are_ranked_on_the_images_that_all_of_them_have(command, run):
    """An image that is hard for all is lacking in one row: without it that row would lead."""
    images = {"baby": 30.0, "bird": 31.0, "head": 32.0, "woman": 33.0, "butterfly": 20.0}
    run("a", model="bicubic", benchmark="set5", psnr=images)
    run("b", model="fsrcnn", benchmark="set5", psnr={**images, "baby": 30.4, "butterfly": float("nan")})
    run("c", benchmark="set5", psnr={**images, "baby": 31.0})
    done = command("compare", "runs")
    assert [row[:3] for row in table(done.out)] == [
        ["espcn", "1", "31.75"],
        ["fsrcnn !", "1", "31.60"],
        ["bicubic", "1", "31.50"],
    ]
    assert "! fsrcnn: 4 of 5 images" in done.out and "30.39" not in done.out


def test_titles_say_what_tells_ways_of_the_same_names_apart(command, run, tmp_path):
    ways = {
        "000000000001": {"protocol": {"shave": 3}, "images": {"source": "/a/b", "count": 2, "content": "0a"}},
        "000000000002": {"protocol": {"shave": 0}, "images": {"source": "/c", "count": 2, "content": "0b"}},
    }
    ways["000000000004"] = ways["000000000002"]
    for key in (*ways, ""):
        run(f"run{key}", key=key, facts={"ways": ways}, part=key)
    run("alone", key="000000000003", benchmark="other")
    done = command("compare", "runs")
    titles = [line.partition(", standard protocol")[2] for line in done.out.splitlines() if " protocol" in line]
    assert titles[:3] == ["", ", earlier record", ", shave=3, source=/a/b"]
    assert titles[3:] == [f", shave=0, source=/c, 00000000000{number}" for number in (2, 4)]
    page = (tmp_path / "report.html").read_text()
    assert "photos ×3 · shave=0, source=/c, 000000000002" in page


def test_less_is_better_where_the_record_says_so(command, run):
    """An own metric; and in a record that does not say it, one that is known by name."""
    for metric, facts in (("blur", {"higher_is_better": {"blur": False}}), ("lpips", {}), ("sharpness", {})):
        run(f"{metric}-a", metric=metric, benchmark=metric, psnr=[0.25, 0.25], facts=facts, part=metric)
        run(f"{metric}-b", metric=metric, benchmark=metric, psnr=[0.75, 0.75], model="fsrcnn", facts=facts, part=metric)
    ranked = [row[0].split()[0] for row in table(command("compare", "runs").out)]
    assert ranked == 2 * ["espcn", "fsrcnn"] + ["fsrcnn", "espcn"]
    best = [line.split()[0] for line in command("compare", "runs", "--latex").out.splitlines() if "bf" in line]
    assert best == ["espcn", "espcn", "fsrcnn"]


def test_any_metric_can_rank_and_be_compared(command, tmp_path):
    """Features of five images, less is better: those of l1 and gan are a constant share of bicubic's 0.6."""
    write_plane(tmp_path / "runs")
    done = command("compare", "runs", "--by", "features", "--baseline", "bicubic")
    rows = table(done.out)
    assert [(row[0], row[2]) for row in rows[:4]] == [
        ("gan", "0.2000"),
        ("l1", "0.5000"),
        ("draws", "0.5500"),
        ("bicubic", "0.6000"),
    ]
    differences = [0.4 * factor for factor in (0.9, 0.95, 1, 1.05, 1.1)]
    reach = 2.776445 * stdev(differences) / 5**0.5  # Student's quantile of four degrees of freedom
    assert rows[0][-1].startswith(f"-0.4000 [{-0.4 - reach:.4f}, {-0.4 + reach:.4f}] for these trainings on 5 images")
    page = (tmp_path / "report.html").read_text()
    assert re.search(r'aria-sort="ascending"><button[^>]*>FEATURES', page)
    assert re.search(r'aria-sort="none"><button[^>]*>PSNR', page)
    wrong = command("compare", "runs", "--by", "nosuch")
    assert wrong.code == 1 and "no run has measured nosuch: choose one of psnr, features" in wrong.err


def test_any_row_can_be_the_baseline(command, run):
    run("a", psnr=[30.0])
    run("b", model="fsrcnn", psnr=[31.0])
    done = command("compare", "runs", "--baseline", "espcn")
    assert table(done.out)[0][-1].startswith("no difference shown: +1.00 dB (no interval from one image)")
    wrong = command("compare", "runs", "--baseline", "nosuch")
    assert wrong.code == 1
    assert "no experiment is called nosuch: choose one of espcn; fsrcnn" in wrong.err


def test_the_first_words_name_a_baseline_at_every_scale(command, run):
    for scale in (2, 3):
        run(f"narrow{scale}", scale=scale, width=6, psnr=[30.0])
        run(f"wide{scale}", scale=scale, width=64, psnr=[31.0])
    done = command("compare", "runs", "--baseline", "espcn width=6")
    assert [row[0] for row in table(done.out)] == [
        f"espcn width={width} ×{scale}" for scale in (2, 3) for width in (64, 6)
    ]
    assert [row[-1][:29] for row in table(done.out)] == 2 * ["no difference shown: +1.00 dB", "–"]


def test_what_is_unfinished_or_broken_is_listed_and_does_not_stop_the_page(command, run, tmp_path):
    run("a")
    run("killed", model="fsrcnn", status="running")
    early = '{"format": 1, "status": "failed", "error": "killed by signal 9"}'
    for name, text in (
        ("early", early),
        ("cut", '{"format": 1, "sta'),
        ("foreign", "[]"),
        ("old", '{"format": 0}'),
        ("empty", "{}"),
    ):
        folder = tmp_path / "runs" / name
        folder.mkdir()
        (folder / "run.json").write_text(text)
    done = command("compare", "runs")
    (tmp_path / "runs" / "begun").mkdir()
    (tmp_path / "runs" / "begun" / "metrics.csv").write_text("step,seconds,name,value\n")
    torn = run("torn", model="srcnn")
    (torn / "scores.csv").write_text("benchmark,image\nphotos,1\n")
    done = command("compare", "runs")
    assert done.code == 0, done.err
    assert "killed interrupted" in done.out
    reasons = dict(line.split(": ", 1) for line in done.err.splitlines())
    assert {name.removeprefix("runs/"): reason.split(":")[0] for name, reason in reasons.items()} == {
        "begun": "half-written",
        "cut": "half-written or broken",
        "early": "failed before it began",
        "empty": "foreign",
        "foreign": "foreign",
        "old": "another version's",
        "torn": "broken",
    }
    page = (tmp_path / "report.html").read_text()
    assert "fsrcnn, seed 0: interrupted" in page
    assert all(name in page for name in reasons)


def test_the_page_needs_nothing_else_and_escapes_names(command, run, tmp_path):
    run("a", model="<script>alert(1)</script>")
    assert command("compare", "runs", "--output", "deep/page.html").code == 0
    page = (tmp_path / "deep" / "page.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', body)
    assert len(page) < 6 * 2**20


@pytest.mark.slow
def test_real_crops_come_into_the_page_once(command, tiny, tmp_path):
    """Input and target of two images are the same files in both runs."""
    assert command("train", *tiny).code == 0
    options = [option for option in tiny if not option.startswith(("model.", "output_dir"))]
    assert command("train", *options, "model=bicubic", "output_dir=other").code == 0
    done = command("compare", "run", "other")
    assert {row[0] for row in table(done.out)} == {"bicubic", "espcn"}
    assert (tmp_path / "report.html").read_text().count("data:image/png;base64,") == 2 * 4
    assert command("compare", "run", "other", "--pictures", "beside").code == 0
    assert len(list((tmp_path / "report_pictures").glob("*.png"))) == 2 * 4
    assert command("compare", "run", "other", "--pictures", "none").code == 0
    assert "data:image/png" not in (tmp_path / "report.html").read_text()


def test_moved_runs_are_still_runs(command, run, tmp_path):
    shutil.move(run("a"), tmp_path / "elsewhere")
    assert command("compare", "elsewhere").code == 0


def test_nothing_to_compare(command, tmp_path):
    assert "nowhere: expected a run directory" in command("compare", "nowhere").err
    (tmp_path / "empty").mkdir()
    assert command("compare", "empty").code == 1
    assert command("compare").code == 2


def test_without_bicubic_the_best_row_is_the_baseline(command, run):
    run("a", psnr=[30.0])
    run("b", model="fsrcnn", psnr=[31.0])
    assert table(command("compare", "runs").out)[1][-1].startswith("no difference shown: -1.00 dB")


def test_what_selection_saw_is_marked(command, run):
    run("a", benchmark="set5", facts={"selection_saw": ["set5"]})
    run("b", model="fsrcnn", benchmark="set5", facts={"selection_saw": ["set14"]})
    done = command("compare", "runs")
    assert {row[0] for row in table(done.out)} == {"espcn !", "fsrcnn"}
    assert "! espcn: its selection saw set5" in done.out


def test_experiments_of_one_config_on_other_data_are_two(command, run):
    """They differ in nothing that a name is made of: a part of the signature tells them apart."""
    for name, signature in (("a", "aaaaaaaaaaaa"), ("b", "bbbbbbbbbbbb")):
        run(name, facts={"signature": signature})
    assert {row[0] for row in table(command("compare", "runs").out)} == {"espcn aaaaaa", "espcn bbbbbb"}


def test_experiments_without_a_common_image_are_not_compared(command, run):
    run("a", psnr={"x": 30.0})
    run("b", model="bicubic", psnr={"y": 29.0})
    done = command("compare", "runs")
    assert done.code == 0
    assert "! bicubic, espcn: 1 of 2 images" in done.out and not table(done.out)


def test_an_image_without_a_score_spoils_no_page(command, run):
    """An image too small for a metric scores NaN there, and is left out of every row's mean."""
    run("a", psnr=[float("nan"), 30.0], seed=0)
    run("a1", psnr=[float("nan"), 30.5], seed=1)
    run("b", model="bicubic", psnr=[28.0, 29.0])
    done = command("compare", "runs")
    assert done.code == 0, done.err
    assert [row[0] for row in table(done.out)] == ["espcn !", "bicubic"]
    first, second = json.loads(command("compare", "runs", "--json").out)
    assert (first["psnr"], second["psnr"], first["difference_mean"], first["notes"]) == (
        30.25,
        29,
        1.25,
        "1 of 2 images",
    )


def test_tables_for_machines(command, run, tmp_path):
    run("a", model="bicubic", psnr=[30.0, 32.0])
    run("b", psnr=[31.0, 33.5], facts={"multiply_adds": 10**9})
    rows = json.loads(command("compare", "runs", "--json").out)
    first = rows[0]
    assert (first["experiment"], first["rank"], first["psnr"], first["multiply_adds"]) == ("espcn", 1, 32.25, 10**9)
    assert (first["difference_mean"], first["difference_images"], first["baseline"]) == (1.25, 2, "bicubic")
    (one, two) = csv.DictReader(io.StringIO(command("compare", "runs", "--csv").out))
    assert (one["experiment"], float(one["psnr"]), two["difference_mean"]) == ("espcn", 32.25, "")
    assert not (tmp_path / "report.html").exists()
    assert command("compare", "runs", "--csv", "--output", "page.html").code == 0
    assert (tmp_path / "page.html").exists()
    assert command("compare", "runs", "--csv", "--json").code == 2


@pytest.mark.parametrize("sign", "=+-@")
def test_no_text_of_a_table_is_a_formula_and_numbers_stay_numbers(command, run, sign):
    """Names of a stranger's run, in a spreadsheet."""
    name = f"{sign}cmd|' /C calc'!A0"
    run("a", model="bicubic", psnr=[30.0, 32.0])
    run("b", model=name, psnr=[29.0, 31.0])
    run("c", model=name, metric=name, benchmark="other", part=1)
    rows = list(csv.DictReader(io.StringIO(command("compare", "runs", "--csv").out)))
    assert not [text for row in rows for text in (*row, *row.values()) if text.startswith(name)]
    assert [float(row["difference_mean"]) for row in rows if row["difference_mean"]] == [-1.0]
    assert f"'{name}" in rows[0] and f"'{name}" in {row["experiment"] for row in rows}


def test_tables_for_papers(command, run):
    run("a", model="50% of a_b|c", psnr=[30.0])
    run("b", model="fsrcnn", psnr=[31.0])
    latex = command("compare", "runs", "--latex").out
    assert r"50\% of a\_b|c & 30.00 & 1,234" in latex
    assert r"fsrcnn & \textbf{31.00}" in latex
    assert latex.count(r"\begin{tabular}{lrrrrl}") == 1
    markdown = command("compare", "runs", "--markdown").out
    assert r"| 50% of a\_b\|c | 1 | 30.00 |" in markdown
    assert len({line.replace("\\|", "").count("|") for line in markdown.splitlines() if line.startswith("|")}) == 1


@pytest.mark.slow
def test_weights_and_biases_gets_tables_charts_and_pictures(command, run, tmp_path, monkeypatch):
    """Offline: the pictures that lie there for `wandb sync` are not black."""
    import numpy as np
    from PIL import Image

    monkeypatch.setenv("WANDB_MODE", "offline")
    run("a", crops=True)
    run("b", model="bicubic", psnr=[30.0, 31.0], crops=True)
    done = command("compare", "runs", "--wandb", "mine")
    assert done.code == 0, done.err
    assert "wandb sync" in done.err
    media = next(tmp_path.glob("wandb/offline-run-*/files/media"))
    pictures = sorted(media.rglob("*.png"))
    assert len(pictures) == 2
    assert np.array(Image.open(pictures[0])).shape == (48, 4 * 48, 3)
    assert np.array(Image.open(pictures[0])).mean() > 50
    tables = [json.loads(path.read_text()) for path in media.rglob("*.table.json")]
    assert {len(table["data"]) for table in tables} == {2}
    assert any("published_psnr" in table["columns"] for table in tables)
