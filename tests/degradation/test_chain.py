"""Chains: composed from config, drawn from seed and step alone, fixed where images are measured."""

from functools import partial

import numpy as np
import pytest
import torch
from conftest import picture
from PIL import Image
from torch.utils.data import DataLoader

from sr_experiments.config import build, config_dir
from sr_experiments.data.batches import Batches
from sr_experiments.data.pairs import read_pairs
from sr_experiments.data.sources.files import image_files
from sr_experiments.degradation.chain import Chain, in_order, one_of
from sr_experiments.degradation.resizes import to_low
from sr_experiments.module.audit import check_alignment
from sr_experiments.resize import resize
from sr_experiments.tables import read_rows

pytestmark = pytest.mark.slow

CHAINS = sorted(
    path.stem for path in (config_dir() / "degradation").glob("*.yaml") if "chain.Chain" in path.read_text()
)


@pytest.fixture
def chain(compose):
    return lambda name, scale=3: build(compose(f"degradation={name}", f"scale={scale}"), "degradation")


@pytest.fixture
def pairs(pictures, chain):
    return lambda name: read_pairs(image_files(pictures("train", size=(61, 83))), chain(name), 3)


def batches(pairs, share=(0, 1), seed=3, device=None) -> Batches:
    settings = {"scale": 3, "batch_size": 6, "patch_size": 12, "augmentations": ()}
    return Batches(pairs, seed=seed, share=share, device=device, **settings)


def same(one, other) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def plus(image, random, size, *, value):
    return image + value


def doubled(image, random, size):
    return 2 * image


def test_steps_are_taken_in_order_and_rounded():
    high = torch.randint(0, 128, (6, 3, 12, 15), dtype=torch.uint8)
    first = partial(in_order, steps=[doubled, partial(plus, value=1 / 255)])
    chain = Chain(name="c", scale=3, steps=[first, partial(to_low, kernels=["bicubic"])])
    made = chain.batch(high, np.random.default_rng(0))
    expected = resize(2 * high.float() + 1, (4, 5)).round().clamp(0, 255).to(torch.uint8)
    assert torch.equal(made, expected)


def test_each_image_takes_one_of_the_steps_or_none():
    steps = [partial(plus, value=1), partial(plus, value=2)]
    image = torch.zeros(1000, 3, 2, 2)
    made = one_of(image, np.random.default_rng(0), (2, 2), steps=steps, chances=[0.5, 0.2])
    shares = [(made == value).all((1, 2, 3)).float().mean() for value in (0, 1, 2)]
    assert shares == pytest.approx([0.3, 0.5, 0.2], abs=0.05) and sum(shares) == pytest.approx(1)


@pytest.mark.parametrize("chances", [[0.5], [0.8, 0.4], [-0.5, 0.5]])
def test_chances_that_do_not_fit_are_refused(chances):
    with pytest.raises(ValueError, match="expected 2 chances that add up to 1 at most"):
        one_of(torch.zeros(1, 3, 2, 2), np.random.default_rng(0), (2, 2), steps=[doubled, doubled], chances=chances)


def test_a_chain_that_ends_with_another_size_is_refused():
    high = torch.zeros(2, 3, 12, 12, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r"degradation c: expected its steps to end with \(4, 4\), got \(12, 12\)"):
        Chain(name="c", scale=3, steps=[]).batch(high, np.random.default_rng(0))


@pytest.mark.parametrize("name", CHAINS)
def test_batches_are_a_function_of_seed_and_step(pairs, name):
    made = pairs(name)
    used = batches(made)
    used[1]
    assert same(used[7], batches(made)[7])
    assert not any(same(used[7], batches(made, seed=seed)[step]) for seed, step in ((3, 8), (4, 7)))
    parts = [batches(made, share=(rank, 2))[7] for rank in range(2)]
    assert same([torch.cat(part) for part in zip(*parts, strict=True)], used[7])
    assert same(batches(made, device=torch.device("cpu"))[7], used[7])


@pytest.mark.parametrize("name", CHAINS)
def test_patches_stay_aligned(pairs, name):
    made = batches(pairs(name))
    for step in range(20):
        check_alignment(*made[step])


def test_workers_and_threads_change_nothing(pairs):
    made, threads = pairs("real_esrgan"), torch.get_num_threads()
    loader = DataLoader(batches(made), batch_size=None, sampler=range(4), num_workers=2)  # pyright: ignore[reportArgumentType]
    worked = list(loader)
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            assert all(same(batches(made)[step], batch) for step, batch in enumerate(worked))
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("name", CHAINS)
def test_a_whole_image_is_degraded_alike_wherever_it_stands(chain, name):
    high = [torch.from_numpy(picture(30, 45, seed)).permute(2, 0, 1) for seed in (0, 1)]
    low = [chain(name)(image) for image in high]
    assert low[0].shape == (3, 10, 15) and low[0].dtype == torch.uint8
    assert torch.equal(low[1], chain(name)(high[1].clone()))


def test_dn_is_bicubic_and_noise_of_level_30(chain):
    high = torch.full((3, 300, 300), 128, dtype=torch.uint8)
    low = chain("dn")(high).double()
    assert low.mean() == pytest.approx(128, abs=0.6) and low.std() == pytest.approx(30, rel=0.02)


def test_another_scale_is_refused(command, tiny):
    done = command("train", *tiny, "degradation=dn", "scale=2", "degradation.scale=3")
    assert done.code == 1 and "the degradation dn is for scale=3, expected scale=2" in done.err


def test_a_setting_changes_on_the_command_line_and_is_checked(command, tiny, tmp_path):
    done = command("train", *tiny, "degradation=dn", "degradation.steps.1.sigma=[30,1]")
    assert done.code == 1 and "expected [lowest, highest], got [30, 1]" in done.err
    assert not (tmp_path / "run").exists()


def test_what_is_drawn_is_not_kept(pairs, chain, pictures, tmp_path, monkeypatch):
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path / "kept"))
    made = pairs("real_esrgan")
    assert torch.equal(made[0].low, made[0].low)
    assert not list((tmp_path / "kept").rglob("low*")) and list((tmp_path / "kept").rglob("high.bin"))


def test_a_run_learns_from_it_and_ends_with_the_same_weights(command, tiny, tmp_path):
    for folder in ("run", "again"):
        done = command("train", *tiny, "degradation=real_esrgan", f"output_dir={folder}")
        assert done.code == 0, done.err
    weights = [(tmp_path / folder / "weights.safetensors").read_bytes() for folder in ("run", "again")]
    assert weights[0] == weights[1]
    assert {row["degradation"] for row in read_rows(tmp_path / "run" / "scores.csv")} == {"real_esrgan"}


def test_a_benchmark_may_be_degraded_otherwise(command, tiny, pictures, tmp_path):
    Image.fromarray(picture(30, 30)).save(pictures("mine", 1) / "small.png")
    options = [option for option in tiny if option != "benchmark=[]" and not option.startswith("+benchmark")]
    mine = [
        "benchmark=folder",
        f"benchmark.folder.root={tmp_path / 'mine'}",
        "degradation@benchmark.folder.degradation=dn",
    ]
    done = command("train", *options, *mine)
    assert done.code == 0, done.err
    rows = read_rows(tmp_path / "run" / "scores.csv")
    assert {row["degradation"] for row in rows} == {"dn"} and {row["image"] for row in rows} == {"mine0", "small"}
