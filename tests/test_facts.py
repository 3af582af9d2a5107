"""What is kept of every network is what it is, and fits what its paper says."""

import pytest
import torch

from sr_experiments.config import build, network_config, networks
from sr_experiments.facts import (
    count,
    figure,
    outline,
    pinned,
    published,
    read_facts,
    seeded,
)
from sr_experiments.model.cost import multiply_adds
from sr_experiments.model.fusion import fused
from sr_experiments.model.receptive_field import receptive_field

NAMES = networks()
ROWS = [(name, row) for name in NAMES for row in published(name)]


def test_facts_are_kept_of_exactly_the_networks_of_conf():
    assert sorted(read_facts()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_network_costs_what_is_kept(name):
    facts = read_facts()[name]
    for scale in facts["scales"]:
        network = outline(name, scale)
        assert sum(value.numel() for value in network.parameters()) == facts["parameters"][str(scale)]
        assert multiply_adds(fused(network), 3, scale) == facts["multiply_adds"][str(scale)]


@pytest.mark.parametrize("name", NAMES)
def test_a_network_makes_the_output_that_is_kept(name):
    assert pinned(seeded(name)) == pytest.approx(read_facts()[name]["output"], rel=1e-3, abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_receptive_field_is_what_is_kept(name):
    assert receptive_field(seeded(name), 3) == read_facts()[name]["receptive_field"]


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row['scale']}" for name, row in ROWS])
def test_a_network_is_its_papers(name, row):
    """Parameters within 0.5 %, multiply-adds within 2 %, or within the last printed digit; else a note says why not."""
    fits = [within(row["parameters"], count(name, row["scale"], row["color"], row["counting"]), 0.005)]
    if "multiply_adds" in row:
        network = fused(outline(name, row["scale"], row["color"]))
        cost = multiply_adds(network, 3 if row["color"] == "rgb" else 1, row["scale"])
        fits.append(within(row["multiply_adds"], cost, 0.02))
    assert all(fits) != ("note" in row), (row, fits)


def within(printed, value, share):
    stated = figure(printed)
    digits = str(printed).rstrip("KMG").partition(".")[2]
    unit = figure(f"1{str(printed)[-1]}") if str(printed)[-1] in "KMG" else 1
    return abs(stated - value) <= max(share * stated, unit * 10 ** -len(digits) / 2)


def test_the_note_on_spans_multiply_adds_is_true():
    with torch.device("meta"):
        network = build(network_config("model=span", "scale=4", "model.width=48"), "model")
    assert multiply_adds(fused(network), 3, 4) == pytest.approx(24.5e9, rel=0.02)
