"""Every network runs compiled, in bf16, in channels_last and exported."""

import pytest
import torch

from sr_experiments.config import build, network_config, networks
from sr_experiments.facts import shallow

pytestmark = pytest.mark.slow

NAMES = networks()


@pytest.fixture
def low():
    return torch.rand(1, 3, 12, 10, generator=torch.Generator().manual_seed(0))


def network(name):
    torch.manual_seed(0)
    return build(shallow(network_config(f"model={name}")), "model").eval()


@pytest.mark.parametrize("name", NAMES)
def test_exported_it_computes_the_same(name, low):
    net = network(name)
    with torch.no_grad():
        torch.testing.assert_close(torch.export.export(net, (low,)).module()(low), net(low))


@pytest.mark.parametrize("name", NAMES)
def test_in_bf16_and_channels_last_it_computes_nearly_the_same(name, low):
    net = network(name)
    with torch.no_grad():
        expected = net(low)
        last = net.to(memory_format=torch.channels_last)(low.to(memory_format=torch.channels_last))
        with torch.autocast("cpu", torch.bfloat16):
            rough = net(low)
    torch.testing.assert_close(last, expected, rtol=1e-3, atol=1e-4)
    spread = float(expected.std())
    assert float((rough.float() - expected).abs().max()) < 0.1 * spread + 0.01


@pytest.mark.parametrize("name", NAMES)
def test_compiled_it_is_one_graph(name, low):
    net, low = network(name), low[..., :7, :9]
    with torch.no_grad():
        expected = net(low)
        torch.compiler.reset()
        net.compile(fullgraph=True, dynamic=False, backend="aot_eager")
        torch.testing.assert_close(net(low), expected, rtol=1e-3, atol=1e-4)
