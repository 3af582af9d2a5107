"""What networks are measured on: whole folders, given pairs, known sets, and what is wrong with them."""

import numpy as np
import pytest
from conftest import picture
from PIL import Image

from sr_experiments.config import build_each
from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.tables import read_rows


@pytest.fixture
def benchmarks(compose):
    return lambda *overrides: build_each(compose(*overrides), "benchmark")


def given(folder, high="high") -> Benchmark:
    return Benchmark(name="paired", images=str(folder / high), low=str(folder / "low"), scale=2)


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def test_any_folder_odd_sizes_cropped_from_the_top_left(benchmarks, pictures):
    root = pictures("mine", 2, (47, 61))
    benchmark = benchmarks("benchmark=folder", f"benchmark.folder.root={root}", "scale=3")["folder"]
    first, second = benchmark.pairs
    assert (first.name, second.name) == ("mine0", "mine1")
    assert first.high.shape == (3, 45, 60) and first.low.shape == (3, 15, 20)
    np.testing.assert_array_equal(first.high.permute(1, 2, 0), picture(47, 61, 0)[:45, :60])


def test_several_known_sets_below_the_data_root(benchmarks, pictures, tmp_path, monkeypatch):
    for name in ("Set5", "Set14"):
        pictures(name, 2)
    monkeypatch.setenv("SR_DATA_ROOT", str(tmp_path))
    both = benchmarks("benchmark=[set5,set14]")
    assert [(name, benchmark.name, len(benchmark.pairs)) for name, benchmark in both.items()] == [
        ("set5", "set5", 2),
        ("set14", "set14", 2),
    ]


def test_all_is_what_is_there(benchmarks, pictures, tmp_path, capsys):
    pictures("Set14", 1)
    found = benchmarks("benchmark=all", f"data_root={tmp_path}")
    assert set(found) == {"set14", "photos"}
    assert "leaves out what is not there: bsd100, manga109, set5, urban100" in capsys.readouterr().err


def test_a_known_set_that_is_not_there_says_where_it_belongs(benchmarks):
    with pytest.raises(ValueError, match=r"benchmark\.set5: no folder data/Set5: known sets lie below data_root"):
        benchmarks("benchmark=set5")


def test_the_data_root_is_no_part_of_an_experiment(compose):
    from sr_experiments.signature import signature_of

    assert signature_of(compose(), "k") == signature_of(compose("data_root=/elsewhere", "benchmark=set5"), "k")


@pytest.mark.parametrize("mark", ["{}", "{}x2", "{}_x2", "{}_LRBI_x2", "{}_LR_x2"])
def test_given_pairs_are_matched_by_name(tmp_path, mark):
    for number in range(2):
        save(tmp_path / "high" / f"p{number}.png", picture(21, 30, number))
        save(tmp_path / "low" / f"{mark.format(f'p{number}')}.png", picture(10, 15, number + 7))
    benchmark = given(tmp_path)
    assert benchmark.degradation_name == "given"
    for number, pair in enumerate(benchmark.pairs):
        np.testing.assert_array_equal(pair.low.permute(1, 2, 0), picture(10, 15, number + 7))
        np.testing.assert_array_equal(pair.high.permute(1, 2, 0), picture(21, 30, number)[:20])


def test_a_given_image_of_another_scale_is_left_out_and_named(tmp_path, capsys):
    for number, size in enumerate([(10, 15), (10, 14)]):
        save(tmp_path / "high" / f"{number}.png", picture(20, 30))
        save(tmp_path / "low" / f"{number}.png", picture(*size))
    benchmark = given(tmp_path)
    assert [pair.name for pair in benchmark.pairs] == ["0"]
    expected = f"{tmp_path}/low/1.png: expected 15×10 pixels, its high-resolution image ÷2, got 14×10"
    assert expected in benchmark.problems[0]
    assert expected in capsys.readouterr().err


def test_an_image_is_called_by_its_path_below_the_root(benchmarks, tmp_path):
    """Clips with the same frame names (REDS, Vimeo-90K); two files that would still share a name are refused."""
    for number, place in enumerate(("000/0001", "001/0001", "one")):
        save(tmp_path / "clips" / f"{place}.png", picture(24, 24, number))
        save(tmp_path / "low" / f"{place}.png", picture(12, 12, number))
    root = f"benchmark.folder.root={tmp_path / 'clips'}"
    for options in ([], ["degradation@benchmark.folder.degradation=bicubic_y"]):
        (made,) = benchmarks("benchmark=folder", root, "scale=2", *options).values()
        assert [pair.name for pair in made.pairs] == ["000/0001", "001/0001", "one"]
    assert [pair.name for pair in given(tmp_path, "clips").pairs] == ["000/0001", "001/0001", "one"]
    save(tmp_path / "clips" / "one.bmp", picture(24, 24))
    with pytest.raises(ValueError, match=r"two images are called one, .*one\.bmp and .*one\.png"):
        benchmarks("benchmark=folder", root, "scale=2")


def test_no_pair_at_all(tmp_path):
    save(tmp_path / "high" / "a.png", picture(20, 30))
    save(tmp_path / "low" / "b.png", picture(10, 15))
    with pytest.raises(ValueError, match=r"no image of .*low goes with one of .*high: expected the same names"):
        _ = given(tmp_path).pairs


def test_a_partner_that_is_missing_is_named(tmp_path, capsys):
    for name in ("high/a", "high/b", "low/a"):
        save(tmp_path / f"{name}.png", picture(20, 20) if "high" in name else picture(10, 10))
    benchmark = given(tmp_path)
    assert [pair.name for pair in benchmark.pairs] == ["a"]
    assert "high/b.png: it has no partner" in capsys.readouterr().err


def test_what_cannot_be_used_is_left_out_and_named(benchmarks, pictures, capsys):
    root = pictures("mine", 1)
    (root / "broken.png").write_bytes(b"\x89PNG")
    save(root / "one.png", picture(1, 40))
    Image.new("CMYK", (40, 40)).save(root / "print.jpg")
    benchmark = benchmarks("benchmark=folder", f"benchmark.folder.root={root}")["folder"]
    assert [pair.name for pair in benchmark.pairs] == ["mine0"]
    assert len(benchmark.problems) == 3
    printed = capsys.readouterr().err
    for message in (
        "broken.png: no image",
        "one: expected at least 3 pixels a side",
        "print.jpg: expected an 8-bit",
    ):
        assert message in printed


def test_nothing_that_can_be_used(benchmarks, tmp_path):
    save(tmp_path / "mine" / "one.png", picture(2, 40))
    benchmark = benchmarks("benchmark=folder", f"benchmark.folder.root={tmp_path / 'mine'}")["folder"]
    with pytest.raises(ValueError, match="none of the 1 images can be used"):
        _ = benchmark.pairs


@pytest.mark.slow
def test_training_refuses_a_benchmark_with_broken_images(command, tiny, pictures, tmp_path):
    root = pictures("mine", 1)
    (root / "broken.png").write_bytes(b"\x89PNG")
    options = [option for option in tiny if option != "benchmark=[]"]
    done = command("train", *options, "benchmark=folder", f"benchmark.folder.root={root}")
    assert done.code == 1
    assert "broken.png: no image that can be read" in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_training_warns_of_a_benchmark_picture_in_the_training_set(command, tiny, tmp_path):
    turned = np.rot90(np.asarray(Image.open(tmp_path / "train" / "train1.png")))
    save(tmp_path / "seen" / "mine.png", turned)
    save(tmp_path / "seen" / "other.png", picture(60, 60, 99))
    options = [option for option in tiny if option != "benchmark=[]"]
    done = command("train", *options, "benchmark=folder", f"benchmark.folder.root={tmp_path / 'seen'}")
    assert done.code == 0, done.err
    assert f"folder: {tmp_path}/seen/mine.png is in the training set, as {tmp_path}/train/train1.png" in done.err
    assert "other.png is in" not in done.err
    assert {row["image"] for row in read_rows(tmp_path / "run" / "scores.csv")} >= {"mine", "other"}


@pytest.mark.slow
def test_known_sets_are_evaluated_where_they_are(command, pictures, tmp_path):
    pictures("Set5", 1)
    done = command("evaluate", "model=bicubic", "benchmark=all", f"data_root={tmp_path}", "scale=2")
    assert done.code == 0, done.err
    assert "set5/Set50" in done.out and "photos/camera" in done.out
    assert "leaves out what is not there: bsd100, manga109, set14, urban100" in done.err
