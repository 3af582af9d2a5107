"""What a step of training holds, with checkpointing and without, and whether Linux sees as much as sr-profile tells."""

import os
import subprocess
import sys

import torch
from _rounds import figure, finish, options
from torch.nn.functional import l1_loss

from sr_experiments.config import build, network_config
from sr_experiments.model.latency import peak_memory
from sr_experiments.model.memory import step_bytes

BATCH, PATCH, SMALL = 16, 48, 24
BODIES = ("edsr_baseline", "edsr", "rcan", "rrdb", "rdn", "swinir", "hat_s")
MEASURED = {"edsr_baseline": 8, "rcan": 1}
# Tensors get pages of their own, which go back when they go: else malloc's holes are seen too.
OWN_PAGES = {"MALLOC_MMAP_THRESHOLD_": "65536"}


def network(name: str, checkpointing: bool) -> torch.nn.Module:
    """At ×2."""
    return build(network_config(f"model={name}", f"model.decoder.checkpointing={checkpointing}"), "model").train()


def seen(name: str, checkpointing: bool) -> float:
    """MiB by which Linux sees this process grow in a step, and what weights, gradients and Adam hold between steps."""
    torch.set_num_threads(1)
    model, low = network(name, checkpointing), torch.rand(MEASURED[name], 3, SMALL, SMALL)
    kept = sum(value.nbytes for value in model.parameters()) / 2**20

    def step() -> None:
        made = model(low)
        l1_loss(made, torch.rand_like(made)).backward()

    step()
    model.zero_grad()
    grown = peak_memory(step, torch.device("cpu"))
    assert grown is not None
    return grown + 3 * kept


def share(name: str, checkpointing: bool) -> float:
    """What sr-profile tells, of what a fresh process is seen to hold."""
    command = [sys.executable, __file__, name, str(checkpointing)]
    done = subprocess.run(command, env={**os.environ, **OWN_PAGES}, check=True, capture_output=True, text=True)
    return step_bytes(network(name, checkpointing), 3, MEASURED[name], SMALL) / 2**20 / float(done.stdout)


def main() -> None:
    arguments = options("memory", __doc__).parse_args()
    figures = []
    for name in BODIES:
        plain, spared = (step_bytes(network(name, each), 3, BATCH, PATCH) / 2**30 for each in (False, True))
        figures += [
            figure(f"{name} ×2, a step of {BATCH} patches of {PATCH}", [plain], "GiB"),
            figure(f"{name} ×2, the same with checkpointing", [spared], "GiB"),
        ]
    for name in MEASURED:
        told = {each: share(name, each) for each in (False, True)}
        figures += [
            figure(f"{name}{', checkpointing' * each}: told / seen by Linux", [value]) for each, value in told.items()
        ]
    finish(__doc__, figures, arguments.json)


if __name__ == "__main__":
    print(seen(sys.argv[1], sys.argv[2] == "True")) if sys.argv[1:2] and sys.argv[1] in MEASURED else main()
