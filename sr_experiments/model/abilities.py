"""What can be done with a network beside training and running it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def abilities(network: nn.Module) -> list[str]:
    """Which of `compile` (one graph for a size), `export` (torch.export) and `any size` (from 1×1) a network can.

    Each is tried on a small image of three channels; the results must be those of the network itself.
    """
    low = torch.rand(1, 3, 12, 10, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return [name for name, attempt in ATTEMPTS.items() if _succeeds(attempt, network.eval(), low)]


def run_compiled(network: nn.Module, low: Tensor) -> bool:
    """Traced by torch.compile without a graph break."""
    torch.compiler.reset()
    run = torch.compile(network, fullgraph=True, dynamic=False, backend="aot_eager")
    return torch.allclose(run(low), network(low), rtol=1e-3, atol=1e-4)


def run_exported(network: nn.Module, low: Tensor) -> bool:
    """Taken apart and put together again by torch.export."""
    return torch.allclose(torch.export.export(network, (low,)).module()(low), network(low), rtol=1e-3, atol=1e-4)


def run_any_size(network: nn.Module, low: Tensor) -> bool:
    """Whole scales of one pixel, a row, and odd sides."""
    sizes = ((1, 1), (1, 9), (5, 3))
    results = [network(low[..., :height, :width]) for height, width in sizes]
    scale = network(low).shape[-1] // low.shape[-1]
    return all(
        result.shape[-2:] == (scale * height, scale * width)
        for result, (height, width) in zip(results, sizes, strict=True)
    )


ATTEMPTS: dict[str, Callable[[nn.Module, Tensor], bool]] = {
    "compile": run_compiled,
    "export": run_exported,
    "any size": run_any_size,
}


def _succeeds(attempt: Callable[[nn.Module, Tensor], bool], network: nn.Module, low: Tensor) -> bool:
    try:
        return attempt(network, low)
    except Exception:
        return False
