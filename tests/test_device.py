"""What a GPU's step waits for, counted on the meta device, which can be copied to and has nothing to be read."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from sr_experiments.callbacks.steps import agrees
from sr_experiments.experiment import Experiment

META = torch.device("meta")
MAKERS = torch.tensor, torch.as_tensor


class Copies(TorchFunctionMode):
    """The names of the calls that bring numbers of the host to the device, and whether the host goes on meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        given, made = ([x for x in tree_leaves(each) if torch.is_tensor(x)] for each in ((args, kwargs), result))
        if any(x.is_meta for x in made) and (function in MAKERS or any(not x.is_meta for x in given)):
            self.found.append((function.__name__, bool((kwargs or {}).get("non_blocking"))))
        return result


def experiment(compose, little, tmp_path, *overrides: str) -> Experiment:
    return Experiment(compose(*little, *overrides), tmp_path / "run")


def test_the_counter_counts():
    with Copies() as copies:
        _ = torch.tensor([1.0], device=META) + torch.ones(1).to(META, non_blocking=True)
    assert copies.found == [("tensor", False), ("to", True)]
    with pytest.raises(RuntimeError, match="meta"):
        float(torch.ones(1, device=META))


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [
        ("color=y",),
        ("model=imdn", "model.decoder.blocks=1"),
        ("model=ecbsr_m16c64", "model.decoder.blocks=1", "scale=2"),
        ("loss=[l1,consistency,adversarial]", "loss.adversarial.criterion.penalty=r1"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_a_step_copies_nothing_to_the_device_but_its_batch_and_waits_for_nothing(compose, little, tmp_path, overrides):
    made = experiment(compose, little, tmp_path, *overrides)
    batch = [part.to(META) for part in made.data.batches()[0]]
    module = made.module
    module.spent = lambda: 0.5
    module.criteria.apply(lambda each: setattr(each, "counted", 0) if hasattr(each, "counted") else None)
    module.to(META)
    optimizer = module.configure_optimizers()["optimizer"]

    def step() -> None:
        loss = torch.stack([*module.terms(batch).values()]).sum()  # a look at a value raises
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    step()
    with Copies() as copies:
        step()
    assert copies.found == []


def test_what_a_batch_of_the_device_needs_of_the_host_is_not_waited_for(compose, little, tmp_path):
    kept = experiment(compose, little, tmp_path, "augmentation=[flips,rgb,cutmix,blend]").data.batches(device=META)
    with Copies() as copies:
        low, high = kept[0]
    assert low.is_meta and low.dtype == high.dtype == torch.uint8
    assert copies.found and all(waits_not for _, waits_not in copies.found)


@pytest.mark.parametrize(("devices", "kind", "asked"), [(1, "cuda", 20), (2, "cpu", 20), (2, "cuda", 2)])
def test_several_gpus_ask_each_other_at_every_tenth_step_alone(devices, kind, asked):
    progress = SimpleNamespace(total=SimpleNamespace(processed=0))
    trainer: Any = SimpleNamespace(
        world_size=devices,
        accumulate_grad_batches=2,
        strategy=SimpleNamespace(root_device=torch.device(kind)),
        fit_loop=SimpleNamespace(epoch_loop=SimpleNamespace(batch_progress=progress)),
    )
    times = 0
    for batch in range(1, 41):
        progress.total.processed = batch
        times += agrees(trainer)
    assert times == asked
