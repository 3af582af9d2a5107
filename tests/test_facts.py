"""What is kept of every network is what it is, and fits what its paper says."""

from pathlib import Path

import pytest
import torch

from sr_experiments.config import build, network_config, networks
from sr_experiments.facts import (
    count_as_published,
    outline,
    pairs,
    published,
    reference_output,
    seeded_network,
    settings,
)
from sr_experiments.model.abilities import ATTEMPTS, abilities
from sr_experiments.model.cost import multiply_adds, parameters
from sr_experiments.model.fusion import fuse
from sr_experiments.model.receptive_field import receptive_field
from sr_experiments.report.networks import BEGIN, END, read_facts, tables

pytestmark = pytest.mark.slow

NAMES = networks()
SMALL = [name for name in NAMES if read_facts()["networks"][name]["parameters"]["2"] < 2e6]
ROWS = [(name, row) for name in NAMES for row in read_facts()["networks"][name]["published"]]


def test_facts_are_kept_of_exactly_the_networks_of_conf():
    assert sorted(read_facts()["networks"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_as_published_stands_in_the_networks_own_file(name):
    kept = read_facts()["networks"][name]["published"]
    assert [{key: value for key, value in row.items() if key != "counted"} for row in kept] == published(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_the_settings_and_the_cost_that_are_kept(name):
    facts = read_facts()["networks"][name]
    assert facts["settings"] == settings(name)
    rows = facts["published"]
    found = {row["scale"]: row["counted"]["multiply_adds"] for row in rows if row["color"] == "rgb"}
    for scale in facts["scales"]:
        network = outline(name, scale)
        assert parameters(network) == facts["parameters"][str(scale)]
        for row in rows:
            if row["scale"] == scale:
                assert row["counted"] == count_as_published(name, row)
        if scale not in found:
            found[scale] = multiply_adds(fuse(network), 3, scale)
    assert {str(scale): value for scale, value in found.items()} == facts["multiply_adds"]


@pytest.mark.parametrize("name", NAMES)
def test_a_network_makes_the_output_that_is_kept(name):
    assert reference_output(seeded_network(name)) == pytest.approx(
        read_facts()["networks"][name]["output"], rel=1e-3, abs=1e-8
    )


@pytest.mark.parametrize("name", SMALL)
def test_the_receptive_field_is_what_is_kept(name):
    """Of networks that don't take minutes; the others are pinned by their output."""
    assert receptive_field(seeded_network(name), 3) == read_facts()["networks"][name]["receptive_field"]


def test_what_a_network_can_and_cannot_is_found_out():
    """Of all networks the tests of running and of the contract show it."""
    assert all(facts["can"] == list(ATTEMPTS) for facts in read_facts()["networks"].values())
    assert abilities(seeded_network("espcn")) == list(ATTEMPTS)

    class Stubborn(torch.nn.Module):
        def forward(self, low):
            return low if float(low.mean()) > 0 and low.shape[-1] > 4 else low[..., :1]

    assert abilities(Stubborn()) == []


@pytest.mark.parametrize(("name", "row"), ROWS, ids=[f"{name}-{row['scale']}" for name, row in ROWS])
def test_a_network_is_its_papers(name, row):
    """Parameters within 0.5 %, multiply-adds within 2 %, or within the last printed digit; else a note says why not."""
    cost = row["counted"]
    fits = [within(row["parameters"], cost["parameters"], 0.005)]
    if "multiply_adds" in row:
        fits.append(within(row["multiply_adds"], cost["multiply_adds"], 0.02))
    assert all(fits) != ("note" in row), (row, fits)


def figure(printed: str | int) -> float:
    """A number as papers print it: 1518K, 40.9G, 12464."""
    units = {"K": 1e3, "M": 1e6, "G": 1e9}
    text = str(printed)
    return float(text[:-1]) * units[text[-1]] if text[-1] in units else float(text)


def within(printed, value, share):
    stated = figure(printed)
    digits = str(printed).rstrip("KMG").partition(".")[2]
    unit = figure(f"1{str(printed)[-1]}") if str(printed)[-1] in "KMG" else 1
    return abs(stated - value) <= max(share * stated, unit * 10 ** -len(digits) / 2)


def test_the_note_on_spans_multiply_adds_is_true():
    with torch.device("meta"):
        network = build(network_config("model=span", "scale=4", "model.width=48"), "model")
    assert multiply_adds(fuse(network), 3, 4) == pytest.approx(24.5e9, rel=0.02)


def test_encoders_go_with_the_decoders_that_are_kept():
    assert pairs() == read_facts()["pairs"]


def test_the_page_shows_what_is_kept():
    page = (Path(__file__).parents[1] / "docs" / "networks.md").read_text(encoding="utf-8")
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == tables()
