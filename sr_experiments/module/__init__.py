"""How a network learns: the contract of a module, which conf/module or a user's own folder names by its `_target_`.

A module is a LightningModule. It is given, by these names, `network`, `losses` (a `weight` and a `criterion` each, by
name), `optimizer` and `scheduler` as the config has them, `spent` (the share of the training that is spent, 0 to 1),
`tiles`, `measure` and `selects`, and whatever its YAML says. Most inherit from `Supervised` and write what differs:

- `network` alone is averaged where EMA is on, kept in weights.safetensors, measured and profiled. What learns beside it
  (a discriminator, a posterior) is a submodule of the module, kept in checkpoints.
- `terms(batch)`: every loss of a batch of patches by name, weighted, each a scalar with a gradient. They are logged as
  train/NAME, audited before training, and what they compute is the cost of a step.
- `training_step(batch)` returns their sum. Steps are counted from batches, whatever it does; a batch is one step, or as
  many as `trainer.accumulate_grad_batches` says are one.
- `configure_optimizers()`: a parameter that no term reaches is refused. Several optimizers are stepped by
  `training_step` itself, under `automatic_optimization = False`, once a step; their schedulers move by themselves.
- `selects`: the validation metric that chooses the weights, which `validation_step` logs, and its direction:
  `("val/psnr", "max")`. Best checkpoint, pruning, early stopping, progress and searches go by it; `selects:` in the
  module's YAML names another, one of `metrics` or the module's own.
- `validation_step(pair)` and `test_step(pair, …)` measure whole images, the latter by `measure`.
- A network that `Supervised` can't teach names the module that does in `learnt_by`.

What draws random numbers draws them from the generators of torch, NumPy or Python: their states are kept, so that runs
go on exactly.
"""

CONTRACT = ("network", "terms", "selects", "measure")
