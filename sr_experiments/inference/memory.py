"""How large the pieces may be that a network works in, for all that it holds to fit into the memory."""

import re
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules.module import register_module_forward_hook
from torch.utils._pytree import tree_leaves

from sr_experiments.inference.network import Network

MEMINFO = Path("/proc/meminfo")
ROOM = 10  # times what the largest module holds must be free: a pass was seen to take 1.2 (EDSR) to 5 (SwinIR) times
PROBE, LEAST = 32, 32  # low-resolution pixels a side


def fit_tile(network: Network, tile: int, device: torch.device, threads: int = 1) -> int:
    """A tile of so many low-resolution pixels a side, halved until it fits with its margins into the free memory.

    `threads`: so many of them at once.
    """
    free, held = free_memory(device), threads * _bytes_of_pixel(network, device)
    while free and tile > LEAST and ROOM * held * (tile + (network.tile_field or tile // 2)) ** 2 > free:
        tile //= 2
    return tile


def free_memory(device: torch.device) -> int:
    """Bytes that are free; 0 where that is not known, as outside Linux."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    found = re.search(r"MemAvailable:\s+(\d+) kB", MEMINFO.read_text() if MEMINFO.is_file() else "")
    return int(found[1]) << 10 if found else 0


def _bytes_of_pixel(network: Network, device: torch.device) -> float:
    """What the module that holds most takes and gives, for each low-resolution pixel."""
    most = 0

    def note(_: Any, given: Any, made: Any) -> None:
        nonlocal most
        images = [each for each in tree_leaves((given, made)) if isinstance(each, Tensor)]
        most = max(most, sum(each.numel() * each.element_size() for each in images))

    handle = register_module_forward_hook(note)
    try:
        with torch.no_grad():
            network(torch.zeros(1, network.channels, PROBE, PROBE, device=device))
    except RuntimeError:  # of an image so small
        return 0
    finally:
        handle.remove()
    return most / PROBE**2
