"""The published table, and the join of its names with conf/model."""

from pathlib import Path

from sr_experiments.config import config_dir
from sr_experiments.report import published as module
from sr_experiments.report.published import PublishedScore, name_of, published, published_scores


def row(*key: str | int) -> tuple[PublishedScore, list[str]]:
    found = published(*key)  # pyright: ignore[reportArgumentType]
    assert found is not None
    return found


def test_the_table_is_the_reference(shared):
    ours = Path(module.__file__).with_name("published.csv")
    assert ours.read_bytes() == (shared / "reference" / "published_scores.csv").read_bytes()


def test_every_row_is_plausible():
    scores = published_scores()
    assert len(scores) == 476
    assert all(20 < score.psnr < 45 and (score.ssim is None or 0.5 < score.ssim < 1) for score in scores)
    assert {score.protocol for score in scores} == {"standard", "classic"}
    assert {score.benchmark for score in scores} <= {path.stem for path in (config_dir() / "benchmark").glob("*.yaml")}


def test_names_join_with_our_networks():
    networks = {path.stem for path in (config_dir() / "model").glob("*.yaml")}
    assert {"bicubic", "espcn", "fsrcnn", "edsr_baseline"} <= networks & {score.network for score in published_scores()}
    assert name_of("CARN-M") == "carn_m"


def test_looking_up_by_any_spelling():
    score, differences = row("edsr_baseline", 2, "set5", "standard", "DIV2K")
    assert (score.psnr, score.ssim, differences) == (37.99, 0.9604, [])
    assert row("EDSR-baseline", 2, "Set5", "standard")[0] == score
    assert published("edsr_baseline", 5, "set5", "standard") is None
    assert published("nosuch", 2, "set5", "standard") is None


def test_what_differs_is_said():
    _, differences = row("bicubic", 2, "set5", "standard")
    assert differences == ["published by the protocol classic"]
    _, differences = row("edsr_baseline", 2, "set5", "standard", "t91")
    assert differences == ["published after training on DIV2K"]


def test_of_several_the_closest():
    by_data = {data: row("swinir", 4, "urban100", "standard", data)[0] for data in ("DIV2K", "DF2K")}
    assert {data: score.training_data for data, score in by_data.items()} == {"DIV2K": "DIV2K", "DF2K": "DF2K"}
    assert by_data["DF2K"].psnr > by_data["DIV2K"].psnr
