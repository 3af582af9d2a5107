"""What a run checks on one batch before its first step."""

import copy
from collections.abc import Callable
from math import isfinite
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils._pytree import tree_leaves

from sr_experiments.metrics.conditions import own_generators
from sr_experiments.module import CONTRACT
from sr_experiments.resize import resize


def audit(module: Any, batch: tuple[Tensor, Tensor]) -> None:
    """Refuse, in a ValueError that says why, a batch or a module with which training could not go well.

    Checks the batch's alignment and, on two of its patches, the network's output, that the loss is finite, that each
    weighted term of it has a gradient and that they reach every parameter of the module's optimizers. Leaves module and
    generators untouched.
    """
    low, high = batch
    check_alignment(low, high)
    with own_generators(low):
        trial = copy.deepcopy(module)
        trial.spent = lambda: 1.0  # when every loss has begun
        parameters = optimized_parameters(trial)
        try:
            terms: dict[str, Tensor] = trial.terms((low[:2], high[:2]))
        except RuntimeError as error:
            raise ValueError(
                f"the network refused a batch {tuple(low.shape)}: {error}\n"
                "Do model.encoder, model.decoder, model.head and color belong together?"
            ) from error
        reached = {name for term in terms for name in check_term(term, terms[term], parameters)}
    check_tensors(module.network)
    unreached = sorted(set(parameters) - reached)
    if unreached:
        raise ValueError(
            f"no loss reaches {len(unreached)} of {len(parameters)} parameters: {', '.join(unreached[:8])}"
        )


def optimized_parameters(module: LightningModule) -> dict[str, nn.Parameter]:
    """The parameters that a module's optimizers are given, by name; a ValueError where these can't be made."""
    try:
        found = tree_leaves(module.configure_optimizers())
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"optimizer: {error}") from error
    groups = [group["params"] for leaf in found if isinstance(leaf, Optimizer) for group in leaf.param_groups]
    given = {id(parameter) for group in groups for parameter in group}
    named = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    return {name: parameter for name, parameter in named.items() if id(parameter) in given}


def check_module(module: Any, clip: float | None) -> None:
    """Refuse one that does not keep the contract, or one for which Lightning can't clip gradients to `clip`."""
    lacking = [name for name in CONTRACT if not hasattr(module, name)]
    if lacking or not isinstance(module, LightningModule):
        raise ValueError(
            f"module: expected a LightningModule with {', '.join(CONTRACT)}, got {type(module).__name__} "
            f"without {', '.join(lacking)}: sr_experiments/module/__init__.py says what each is"
        )
    if clip and not module.automatic_optimization:
        raise ValueError(
            f"trainer.gradient_clip_val: expected null, got {clip}: {type(module).__name__} steps its optimizers "
            "itself, and clips with self.clip_gradients"
        )


def check_network(network: Any) -> None:
    """Refuse a network that can be measured but not trained: other people's weights, exports and images."""
    parameters = list(network.parameters()) if isinstance(network, nn.Module) else None
    if parameters is None or (parameters and not any(parameter.requires_grad for parameter in parameters)):
        raise ValueError("model: this one can be measured, not trained: sr-evaluate takes the same model=… options")


def check_schedule(schedule: Callable[[float], float]) -> None:
    """Refuse a scheduler that can't be called, or makes no factor at some share of the training."""
    try:
        for hundredth in range(101):
            check_factor(schedule, hundredth / 100)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"scheduler: {error}") from error


def check_tensors(network: nn.Module) -> None:
    """Refuse a network whose state is more than tensors: it could be trained, but its weights not be kept."""
    others = [name for name, value in network.state_dict().items() if not isinstance(value, Tensor)]
    if others:
        raise ValueError(f"model: weights.safetensors keeps tensors alone, and the network's state has {others[0]}")


def check_factor(schedule: Callable[[float], float], share: float) -> None:
    """Refuse a factor on the learning rate that is no number of at least 0 when `share` of the training is spent."""
    factor = schedule(share)
    if not (isinstance(factor, int | float) and isfinite(factor) and factor >= 0):
        raise ValueError(f"expected a factor of at least 0 on the learning rate, got {factor} at share {share}")


def check_alignment(low: Tensor, high: Tensor) -> None:
    """Refuse batches whose low-resolution patches show another place than the high-resolution ones.

    They are uint8, or float32 of 0 to 255 where the source has 16 bits a channel.
    """
    if not {low.dtype, high.dtype} <= {torch.uint8, torch.float32}:
        raise ValueError(f"expected a batch of uint8 or float32 images, got {low.dtype} and {high.dtype}")
    size = (low.shape[-2], low.shape[-1])
    small = resize(high.float(), size)
    shifts = [(down, right) for down in (0, -1, 1) for right in (0, -1, 1)]
    errors = [float((low.float().roll(shift, (-2, -1)) - small)[..., 1:-1, 1:-1].abs().mean()) for shift in shifts]
    if min(errors) < 0.5 * errors[0]:
        raise ValueError(
            f"low- and high-resolution patches are not aligned: shifted by {shifts[errors.index(min(errors))]} they fit"
        )


def check_term(name: str, term: Tensor, parameters: dict[str, torch.nn.Parameter]) -> set[str]:
    """Refuse a loss term that is not finite or has no gradient; the names of the parameters that it reaches."""
    if not torch.isfinite(term):
        raise ValueError(f"loss {name} is {float(term)} on the first batch")
    if not term.requires_grad:
        raise ValueError(f"loss {name} has no gradient: no parameter of the network changes it")
    gradients = torch.autograd.grad(term, list(parameters.values()), retain_graph=True, allow_unused=True)
    if not any(gradient is not None and gradient.any() for gradient in gradients):
        raise ValueError(f"loss {name} changes no parameter: is loss.{name}.weight 0?")
    return {name for name, gradient in zip(parameters, gradients, strict=True) if gradient is not None}
