"""Which settings of Lightning's trainer a run may not have."""

import pytest

from sr_experiments.module.settings import check_settings

ALONE = ("limit_train_batches", "limit_val_batches", "limit_test_batches", "overfit_batches", "max_epochs")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        *((name, value, "leave it out, got") for name in ALONE for value in (1, 0.5)),
        *((name, 0, "leave it out, got 0") for name in ("limit_val_batches", "limit_test_batches", "max_epochs")),
        ("num_sanity_val_steps", 2, "leave it out, got 2"),
        ("val_check_interval", 0.5, "expected a whole number of at least 1, got 0.5"),
        ("accumulate_grad_batches", 0, "expected a whole number of at least 1, got 0"),
        ("log_every_n_steps", 0, "expected a whole number of at least 1, got 0"),
        ("profiler", "simple", "expected null or pytorch, got 'simple'"),
        *(("precision", f"{kind}-true", "expected one of 32-true") for kind in (16, "bf16", 64)),
    ],
)
def test_a_setting_is_refused_by_name(name, value, words):
    with pytest.raises(ValueError, match=f"trainer.{name}: {words}"):
        check_settings({name: value})
