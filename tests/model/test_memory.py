"""What a step of training holds, and that checkpointing takes memory alone."""

import pytest
import torch
from torch.distributed._tools.mem_tracker import MemTracker
from torch.nn.functional import l1_loss

from sr_experiments.config import build, config_dir, network_config
from sr_experiments.facts import shallow
from sr_experiments.model.memory import largest, step_bytes

DEEP = sorted(
    path.stem for path in (config_dir() / "model/decoder").glob("*.yaml") if "checkpointing" in path.read_text()
)
pytestmark = pytest.mark.slow

NETWORKS = {"edsr": "edsr_baseline", "swinir": "swinir_light", "hat": "hat_s"}


def networks(body):
    node = shallow(network_config(f"model={NETWORKS.get(body, body)}", "model.width=48"))
    for checkpointing in (False, True):
        node["model"]["decoder"]["checkpointing"] = checkpointing
        torch.manual_seed(0)
        yield build(node, "model").train()


@pytest.mark.parametrize("body", DEEP)
def test_checkpointing_changes_no_gradient_and_takes_less_memory(body):
    found, low = [], torch.rand(1, 3, 16, 16)
    for network in networks(body):
        torch.manual_seed(1)
        network(low).square().mean().backward()
        found.append([parameter.grad for parameter in network.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))
    plain, checkpointed = (step_bytes(network, 3, 4, 16) for network in networks(body))
    assert checkpointed < plain


def test_a_step_holds_what_torchs_own_tracker_counts():
    network = next(networks("edsr"))
    stepped = step_bytes(network, 3, 4, 24)
    network.to("meta")
    low, tracker = torch.empty(4, 3, 24, 24, device="meta"), MemTracker()
    tracker.track_external(network, low)
    with tracker:
        made = network(low)
        l1_loss(made, torch.empty_like(made)).backward()
    counted = tracker.get_tracker_snapshot("peak")[torch.device("meta")]["Total"]
    moments = 2 * sum(parameter.nbytes for parameter in network.parameters())
    assert stepped == pytest.approx(counted + moments, rel=0.02)


def test_the_largest_that_fits_is_found():
    assert [largest(lambda number: 10 + 3 * number, limit) for limit in (12, 13, 30, 10**9)] == [0, 1, 6, 4096]
