"""The settings of Lightning's trainer with which a run would not be what its record says."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

PRECISIONS = ("32-true", "16-mixed", "bf16-mixed")
ALIASES = ("32", "16", "bf16")  # Lightning's own short names of the three
COUNTS = ("val_check_interval", "accumulate_grad_batches", "log_every_n_steps", "num_nodes")
# A run trains by optimizer steps on batches without end, validates all images, keeps its weights and measures them.
ONLY: dict[str, Any] = {
    "fast_dev_run": False,
    "overfit_batches": 0,
    "limit_train_batches": None,
    "limit_val_batches": None,
    "limit_test_batches": None,
    "max_epochs": None,
    "min_epochs": None,
    "max_time": None,
    "check_val_every_n_epoch": None,
    "num_sanity_val_steps": 0,
    "enable_checkpointing": None,
    "barebones": False,
    "use_distributed_sampler": False,
}


def check_settings(trainer: Mapping[str, Any]) -> None:
    """Refuse, in a ValueError that names the setting, what `trainer` of a config may not be.

    Weights of 16 bits become NaN on a CPU without an error, and images are of 32 bits: `precision` is 32-true or mixed.
    """
    for name, only in ONLY.items():
        if (given := trainer.get(name, only)) != only:
            raise ValueError(
                f"trainer.{name}: leave it out, got {given!r}: a run trains by trainer.max_steps or budget, validates "
                "and measures all its images (trainer=smoke makes a short one)"
            )
    for name in COUNTS:
        given = trainer.get(name, 1)
        if type(given) is not int or given < 1:
            raise ValueError(f"trainer.{name}: expected a whole number of at least 1, got {given!r}")
    if str(precision := trainer.get("precision", "32-true")) not in (*PRECISIONS, *ALIASES):
        raise ValueError(f"trainer.precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if (profiler := trainer.get("profiler")) not in (None, "pytorch"):
        raise ValueError(f"trainer.profiler: expected null or pytorch, got {profiler!r}")
    clip = trainer.get("gradient_clip_val") or 0
    if type(clip) not in (int, float) or not isfinite(clip) or clip < 0:
        raise ValueError(f"trainer.gradient_clip_val: expected null or a number of at least 0, got {clip!r}")
