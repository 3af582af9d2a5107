"""sr-evaluate from end to end."""

import importlib
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import SPANDREL, picture, published
from PIL import Image

from sr_experiments.color import enlarge_image
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.inference.run import load_run
from sr_experiments.model.interpolation import Interpolation
from sr_experiments.record import read_json
from sr_experiments.resize import resize
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow


def on(folder, name="small"):
    """Overrides that measure on the pictures of a folder."""
    degradation = "{_target_: sr_experiments.degradation.bicubic.bicubic, _partial_: true, scale: '${scale}'}"
    benchmark = f"name: {name}, scale: '${{scale}}', images: {folder}, degradation: {degradation}"
    return [
        "benchmark=[]",
        f"+benchmark.{name}={{_target_: sr_experiments.data.benchmarks.Benchmark, {benchmark}}}",
    ]


def scores(run, **which):
    rows = read_rows(run / "scores.csv")
    chosen = [row for row in rows if all(row[key] == value for key, value in which.items())]
    return {row["image"]: float(row["value"]) for row in chosen if row["metric"] == "psnr"}


def degraded(path, scale):
    """The bicubic low-resolution image `(3, h, w)` of a picture of a fitting size, and that picture `(H, W, 3)`."""
    high = np.array(Image.open(path))
    return bicubic(torch.from_numpy(high).permute(2, 0, 1), scale=scale), high


def psnr(output, target, shave):
    """The standard protocol's PSNR in plain NumPy; `output` and `target` uint8 `(H, W, 3)`."""
    inner = slice(shave, -shave)
    difference = (output.astype(np.float64) - target)[inner, inner] @ np.array([65.481, 128.553, 24.966]) / 255
    return 10 * np.log10(255**2 / (difference**2).mean())


def as_picture(output):
    return (output[0] * 255).clamp(0, 255).round().permute(1, 2, 0).numpy().astype(np.uint8)


@pytest.fixture
def run(command, tiny, tmp_path):
    """A finished run of a tiny ESPCN ×3."""
    assert command("train", *tiny).code == 0
    return tmp_path / "run"


def test_a_run_gets_the_scores_that_training_gave_it(command, run, tmp_path):
    before = read_rows(run / "scores.csv")
    done = command("evaluate", "run=run", *on(tmp_path / "test"))
    after = read_rows(run / "scores.csv")
    assert done.code == 0, done.err
    assert "run: small ×3, bicubic, standard protocol, plain" in done.out
    key = [name for name in before[0] if name != "value"]
    assert [[row[name] for name in key] for row in after] == [[row[name] for name in key] for row in before]
    assert [float(row["value"]) for row in after] == pytest.approx([float(row["value"]) for row in before], abs=1e-6)


def test_other_pictures_and_variants_are_added_and_replaced(command, run, pictures):
    other = on(pictures("other", 2, (60, 66)), "other")
    ways = {"plain": [], "tiled": ["tile=16"], "self_ensemble": ["self_ensemble=true"]}
    ways["tiled_self_ensemble"] = [*ways["tiled"], *ways["self_ensemble"]]
    for options in [*ways.values(), []]:
        assert command("evaluate", "run=run", *other, *options).code == 0
    found = {variant: scores(run, benchmark="other", variant=variant) for variant in ways}
    assert len(read_rows(run / "scores.csv")) == 2 * 2 + 4 * 2 * 2
    assert found["tiled"] == pytest.approx(found["plain"], abs=1e-5)
    assert found["self_ensemble"]["other0"] != pytest.approx(found["plain"]["other0"], abs=1e-4)
    assert (run / "images" / "other" / "other0" / "output.png").exists()
    averages = json.loads((run / "run.json").read_text())["scores"]
    assert {(row["benchmark"], row["variant"]) for row in averages} >= {("other", way) for way in ways}


def test_the_cost_of_tiles_is_printed(command, run, tmp_path):
    done = command("evaluate", "run=run", "tile=16", *on(tmp_path / "test"))
    assert "tiles of 16 pixels and 4 around them, as the receptive field asks" in done.out
    assert "a cost of 0.0000 dB" in done.out or "a cost of -0.0000 dB" in done.out


def test_several_runs_or_a_folder_of_them(command, run, tmp_path):
    for name in ("a", "b"):
        shutil.copytree(run, tmp_path / "runs" / name)
    (tmp_path / "runs" / "begun").mkdir()
    (tmp_path / "runs" / "begun" / "run.json").write_text('{"format": 1, "status": "failed"}')
    done = command("evaluate", "run=runs", *on(tmp_path / "val", "folder"))
    assert done.code == 0, done.err
    assert "1 of 3 runs have no weights and are left out" in done.out
    listed = command("evaluate", "run=[runs/a,runs/b]", *on(tmp_path / "val", "listed"))
    assert listed.code == 0, listed.err
    for name in ("a", "b"):
        rows = read_rows(tmp_path / "runs" / name / "scores.csv")
        assert {row["benchmark"] for row in rows} == {"small", "folder", "listed"}


def test_a_run_that_cannot_be_measured_does_not_stop_the_others(command, run, tmp_path):
    shutil.copytree(run, tmp_path / "runs" / "good")
    shutil.copytree(run, tmp_path / "runs" / "broken")
    shutil.copytree(run, tmp_path / "runs" / "bare")
    (tmp_path / "runs" / "broken" / "weights.safetensors").write_bytes(b"nothing")
    facts = read_json(run)
    (tmp_path / "runs" / "bare" / "run.json").write_text(json.dumps({**facts, "signature": None}))
    (run / "run.json").write_text(json.dumps({**facts, "ways": None, "selection_saw": None}))
    done = command("evaluate", "run=[run,runs]", *on(tmp_path / "val", "other"))
    assert done.code == 1
    assert "error: runs/bare: " in done.err and "\nruns/broken: " in done.err
    assert scores(run, benchmark="other")
    assert scores(tmp_path / "runs" / "good", benchmark="other")


def test_scores_of_a_run_in_another_place(command, run, tmp_path):
    before = (run / "scores.csv").read_text()
    assert command("evaluate", "run=run", "output_dir=elsewhere", *on(tmp_path / "val", "other")).code == 0
    assert (run / "scores.csv").read_text() == before
    assert {row["benchmark"] for row in read_rows(tmp_path / "elsewhere" / "scores.csv")} == {"other"}
    assert "espcn" in command("compare", "elsewhere").out


def test_a_baseline_is_printed_and_nothing_is_written(command, pictures, tmp_path):
    folder = pictures("test")
    done = command("evaluate", "model=bicubic", "scale=4", *on(folder))
    assert done.code == 0, done.err
    assert "bicubic: small ×4, bicubic, standard protocol, plain" in done.out and "small/mean" in done.out
    assert {path.name for path in tmp_path.iterdir()} == {"test"}


def test_a_baseline_as_a_run_beside_others(command, run, tmp_path):
    error = "+metrics.error={_target_: torchmetrics.regression.MeanSquaredError}"
    for _ in range(2):
        assert command("evaluate", "model=bicubic", "output_dir=bicubic", error, *on(tmp_path / "test")).code == 0
    assert len(read_rows(tmp_path / "bicubic" / "scores.csv")) == 3 * 2
    directions = json.loads((tmp_path / "bicubic" / "run.json").read_text())["higher_is_better"]
    assert directions == {"psnr": True, "ssim": True, "error": False}
    compared = command("compare", "run", "bicubic")
    assert compared.code == 0, compared.err
    board = [line.split()[0] for line in compared.out.splitlines() if line.startswith(("espcn", "bicubic"))]
    assert sorted(board) == ["bicubic", "espcn"]
    other = command("evaluate", "model=nearest", "output_dir=bicubic", *on(tmp_path / "test"))
    assert other.code == 1 and "holds another experiment's run" in other.err


@pytest.mark.parametrize("name", SPANDREL)
def test_a_network_of_somebody_else(command, pictures, tmp_path, name):
    weights = published(name)
    torch.save(weights, tmp_path / "net.pth")
    options = ["model=checkpoint", f"model.path={tmp_path / 'net.pth'}", "scale=2", "output_dir=theirs"]
    done = command("evaluate", *options, *on(pictures("test")))
    assert done.code == 0, done.err
    direct = importlib.import_module("spandrel").ModelLoader().load_from_file(tmp_path / "net.pth").eval()
    for number in range(3):
        low, high = degraded(tmp_path / "test" / f"test{number}.png", scale=2)
        with torch.inference_mode():
            output = as_picture(direct(low[None].float() / 255))
        expected = psnr(output, high, shave=2)
        assert scores(tmp_path / "theirs")[f"test{number}"] == pytest.approx(expected, abs=1e-6)
    record = json.loads((tmp_path / "theirs" / "run.json").read_text())
    assert record["parameters"] == sum(parameter.numel() for parameter in direct.model.parameters())
    assert "checkpoint" in command("compare", "theirs").out


def test_an_onnx_file(command, pictures, tmp_path):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    upsample = torch.nn.Upsample(scale_factor=2, mode="nearest")
    torch.onnx.export(
        upsample, (torch.rand(1, 3, 4, 5),), tmp_path / "net.onnx", dynamo=False, input_names=["low"],
        dynamic_axes={"low": {2: "height", 3: "width"}},
    )  # fmt: skip
    options = [*on(pictures("test")), "scale=2"]
    done = command("evaluate", "model=onnx", "model.path=net.onnx", "output_dir=onnx", *options)
    assert done.code == 0, done.err
    assert command("evaluate", "model=nearest", "output_dir=nearest", *options).code == 0
    assert scores(tmp_path / "onnx") == pytest.approx(scores(tmp_path / "nearest"), abs=1e-9)
    assert command("compare", "onnx", "nearest").code == 0


def test_output_images_of_somebody_else(command, pictures, tmp_path):
    (tmp_path / "theirs").mkdir()
    for path in sorted(pictures("test").iterdir()):
        low, _ = degraded(path, scale=3)
        output = enlarge_image(Interpolation(scale=3, kernel="bicubic"), low[None], "rgb")
        Image.fromarray(as_picture(output)).save(tmp_path / "theirs" / f"{path.stem}_x3.png")
    theirs = ["model=images", "model.path=theirs"]
    done = command("evaluate", *theirs, "output_dir=images", *on(tmp_path / "test"))
    assert done.code == 0, done.err
    assert command("evaluate", "model=bicubic", "output_dir=ours", *on(tmp_path / "test")).code == 0
    assert scores(tmp_path / "images") == pytest.approx(scores(tmp_path / "ours"), abs=1e-9)
    assert command("compare", "images", "ours").code == 0
    tiled = command("evaluate", *theirs, "tile=16", *on(tmp_path / "test"))
    assert tiled.code == 1 and "output images are measured as they are" in tiled.err


def test_a_benchmark_without_output_images_does_not_stop_the_others(command, pictures, tmp_path):
    first, second = pictures("first", 1), pictures("second", 1)
    (tmp_path / "theirs").mkdir()
    Image.fromarray(picture(48, 60)).save(tmp_path / "theirs" / "first0.png")
    options = [*on(first, "first"), *on(second, "second")[1:]]
    done = command("evaluate", "model=images", "model.path=theirs", "output_dir=images", *options)
    assert done.code == 1
    assert "expected one image second0, second0_… or second0x3…, found none" in done.err
    assert {row["benchmark"] for row in read_rows(tmp_path / "images" / "scores.csv")} == {"first"}


def test_an_address_that_cannot_be_reached_costs_no_other_benchmark(command, pictures, tmp_path):
    options = [*on("http://127.0.0.1:1/set/", "away"), *on(pictures("test"))[1:]]
    done = command("evaluate", "model=bicubic", "output_dir=bicubic", *options)
    assert done.code == 1
    assert "benchmark.away: http://127.0.0.1:1/set/" in done.err and "Traceback" not in done.err
    assert set(scores(tmp_path / "bicubic")) == {"test0", "test1", "test2"}


def test_an_image_that_cannot_be_used_does_not_stop_the_others(command, pictures, tmp_path):
    (pictures("test") / "broken.png").write_text("no image")
    done = command("evaluate", "model=bicubic", "output_dir=bicubic", *on(tmp_path / "test"))
    assert done.code == 1
    assert "error: small: left out" in done.err and "broken.png" in done.err
    assert set(scores(tmp_path / "bicubic")) == {"test0", "test1", "test2"}
    assert "! bicubic: 3 of 4 images" in command("compare", "bicubic").out


def test_bicubic_scores_what_it_must(command, shared, monkeypatch):
    monkeypatch.setenv("SR_DATA_ROOT", str(shared / "data"))
    for scale, expected in ((2, 33.678), (3, 30.4043), (4, 28.4305)):
        done = command("evaluate", "benchmark=set5", f"scale={scale}", f"output_dir=x{scale}", "metrics=psnr")
        assert done.code == 0, done.err
        values = scores(Path(f"x{scale}"))
        assert len(values) == 5
        assert sum(values.values()) / 5 == pytest.approx(expected, abs=2e-3)


@pytest.fixture
def liif(command, tiny, tmp_path):
    """A finished run of a tiny network ×3 with a head for any scale."""
    options = ["model/head=liif", "model.head.hidden=16", "model.head.layers=2"]
    done = command("train", *tiny, *options)
    assert done.code == 0, done.err
    return tmp_path / "run"


def test_one_training_serves_any_scale(command, liif, tmp_path):
    before, crops = read_rows(liif / "scores.csv"), (liif / "images/small/test0/input.png").read_bytes()
    for scale, low, high in ((2.5, (19, 24), (48, 60)), (3.7, (12, 16), (44, 59))):
        done = command("evaluate", f"run={liif}", f"scale={scale}", *on(tmp_path / "test"))
        assert done.code == 0, done.err
        network, truth = load_run(liif, scale).network, np.array(Image.open(tmp_path / "test" / "test0.png"))
        truth = truth[: high[0], : high[1]]
        small = resize(torch.from_numpy(truth).permute(2, 0, 1), low)
        with torch.inference_mode():
            output = as_picture(enlarge_image(network, small[None], "rgb"))
        found = scores(liif, scale=str(scale))
        assert found["test0"] == pytest.approx(psnr(output, truth, shave=math.ceil(scale)), abs=1e-4)
    assert [row for row in read_rows(liif / "scores.csv") if row["scale"] == "3"] == before
    assert {row["scale"] for row in json.loads((liif / "run.json").read_text())["scores"]} == {3, 2.5, 3.7}
    assert (liif / "images/small/test0/input.png").read_bytes() == crops
    compared = command("compare", str(liif)).out
    assert "×2.5" in compared and "×3.7" in compared


def test_it_learns_from_several_scales_in_turn(command, tiny, tmp_path):
    several = "+data.scales=[2,3,4]"
    refused = command("train", *tiny, several)
    assert refused.code == 1 and "do data and head share one scale" in refused.err
    done = command("train", *tiny, several, "model/head=liif", "model.head.hidden=16")
    assert done.code == 0, done.err
    again = command("train", *tiny, several, "model/head=liif", "model.head.hidden=16", "output_dir=again")
    assert again.code == 0, again.err
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("run", "again")]
    assert weights[0] == weights[1]
    assert command("evaluate", "run=run", "scale=2.5", *on(tmp_path / "test")).code == 0


def test_a_head_for_one_scale_is_not_asked_for_another(command, run, tmp_path):
    before = (run / "scores.csv").read_text()
    done = command("evaluate", "run=run", "scale=2.5", *on(tmp_path / "test"))
    assert done.code == 1
    assert "run: its network makes scale=3 alone, leave out scale=2.5: one trained with model/head=liif" in done.err
    assert (run / "scores.csv").read_text() == before
    assert command("evaluate", "run=run", "scale=3", *on(tmp_path / "test")).code == 0


def test_a_baseline_at_a_fractional_scale(command, pictures, tmp_path):
    for degradation, protocol in (("bicubic", "standard"), ("bicubic_y", "classic")):
        options = [option.replace("bicubic.bicubic,", f"{degradation}.{degradation},") for option in on(pictures("a"))]
        done = command("evaluate", "scale=2.5", f"output_dir={protocol}", f"protocol={protocol}", *options)
        assert done.code == 0, done.err
        rows = read_rows(tmp_path / protocol / "scores.csv")
        assert {(row["scale"], row["degradation"]) for row in rows} == {("2.5", degradation)}
    truth = np.array(Image.open(tmp_path / "a" / "a0.png"))
    low = resize(torch.from_numpy(truth).permute(2, 0, 1), (19, 24))
    output = as_picture(resize(low[None].float() / 255, (48, 60)))
    assert scores(tmp_path / "standard")["a0"] == pytest.approx(psnr(output, truth, shave=3), abs=1e-4)


CASES = {
    "no run": (["run=nowhere"], "run=nowhere: expected a run directory, or the name of a network"),
    "a model beside a run": (
        ["run=run", "metrics=features", "model/features@metrics.features.network=vgg19", "model=espcn"],
        "weights and color: leave out model=espcn",
    ),
    "a place for several runs": (["run=[run,run]", "output_dir=here"], "output_dir takes the scores of one run"),
    "a network that was not trained": (["model=espcn"], "model=espcn has not been trained"),
    "no file": (["model=checkpoint"], "model.path has no value: pass model.path="),
    "a file that is missing": (["model=onnx", "model.path=none.onnx"], "expected an ONNX file, found nothing"),
    "a folder that is missing": (["model=images", "model.path=none"], "expected a folder of images, found nothing"),
    "a tile that is no multiple": (["tile=20"], "tile: expected a multiple of 16 low-resolution pixels, got 20"),
    "a tile that is no number": (["tile=small"], "tile: expected a whole number or null, got 'small'"),
    "weights for images": (
        ["model=images", "model.path=test", "weights=run/run.json"],
        "weights: model=images takes none, leave out weights=run/run.json",
    ),
    "another size": (["model=images", "model.path=test", "scale=7"], "expected a result of 56×42 pixels, got 60×48"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_refused_in_words_and_leaves_nothing(command, pictures, tmp_path, case):
    options, message = CASES[case]
    folder = pictures("test", 1)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")
    done = command("evaluate", *options, *on(folder))
    assert done.code == 1
    assert message in done.err and "Traceback" not in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "test"]


@pytest.mark.parametrize("model", ["checkpoint", "onnx", "images"])
def test_training_does_not_pretend_to_train_them(command, tiny, pictures, tmp_path, model):
    options = [option for option in tiny if not option.startswith("model.")]
    done = command(
        "train", *options, "scale=2", f"model={model}", f"model.path={somebody_s(model, pictures, tmp_path)}"
    )
    assert done.code == 1
    assert "this one can be measured, not trained: sr-evaluate takes the same" in done.err
    assert not (tmp_path / "run").exists()


def somebody_s(model, pictures, tmp_path):
    """What somebody else may have published."""
    if model == "images":
        return pictures("theirs")
    if model == "checkpoint":
        torch.save(published("SPAN"), tmp_path / "net.pth")
        return tmp_path / "net.pth"
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    torch.onnx.export(torch.nn.Upsample(scale_factor=2), (torch.rand(1, 3, 4, 5),), tmp_path / "a.onnx", dynamo=False)
    return tmp_path / "a.onnx"
