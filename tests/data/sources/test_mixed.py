"""Several sources, drawn by weight."""

import re

import numpy as np
import pytest

from sr_experiments.data.sources.mixed import chances


def test_a_source_is_drawn_as_its_weight_says_and_its_images_alike():
    likely = chances([(3, 4), (1, 2)], [0, 1, 3, 4, 5])
    assert likely is not None
    np.testing.assert_allclose(likely, np.cumsum([0.25, 0.25, 0.25, 0.125, 0.125]))
    assert chances([], [0, 1]) is None
    with pytest.raises(ValueError, match="no image of source 2 in"):
        chances([(3, 4), (1, 2)], [0, 1])


def test_batches_have_the_shares(compose, pictures):
    from sr_experiments.config import build

    white, black = pictures("white", 5), pictures("black", 1)
    config = compose(
        "data=mixed", f"data.train=[{white},{black}]", "data.weights=[1,4]", f"data.val={black}",
        "data.batch_size=100", "data.patch_size=5", "scale=2",
    )  # fmt: skip
    data = build(config, "data", scale=2, seed=0, degradation=build(config, "degradation"), augmentations=[])
    batches = data.batches()
    numbers = np.concatenate([batches.parts[0].pairs.draw(np.random.default_rng(step), 100) for step in range(40)])
    counts = np.bincount(numbers, minlength=6) / len(numbers)
    assert counts[5] == pytest.approx(0.8, abs=0.03) and counts[:5] == pytest.approx(0.04, abs=0.015)
    assert batches[3][0].shape == (100, 3, 5, 5)


@pytest.mark.slow
def test_a_run_on_a_mixture(command, tiny, pictures):
    other = pictures("other", 1)
    train = next(part for part in tiny if part.startswith("data.train=")).partition("=")[2]
    mixed = ["data=mixed", *tiny[1:], f"data.train=[{train},{other}]"]
    assert command("train", *mixed, "data.weights=[2,1]", "data.workers=1").code == 0
    mixed = [part for part in mixed if not part.startswith("output_dir")]
    each = r"data\.weights: expected a number above 0 for each of 2 sources, got"
    word = r"data\.weights\[0\]: expected a number, got 'a'"
    for weights, said in {"[2]": each, "[2, 0]": each, "[a, b]": word, "3": r"data\.weights: expected "}.items():
        done = command("train", *mixed, f"data.weights={weights}")
        assert done.code == 1 and re.search(said, done.err), done.err
    done = command("train", *mixed)
    assert done.code == 1 and "data.weights" in done.err
