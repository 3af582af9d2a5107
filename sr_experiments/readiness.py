"""What is checked of an assembled run before it writes anything."""

import sys
from pathlib import Path

import torch

from sr_experiments.data.benchmarks import Benchmark
from sr_experiments.data.known.leaks import whole_leaks
from sr_experiments.experiment import Experiment
from sr_experiments.module.audit import audit, check_schedule
from sr_experiments.module.weights import check_fit, network_weights


def check_ready(experiment: Experiment) -> None:
    """Read all images, try one batch of each scale; a ValueError says what would go wrong."""
    experiment.data.setup("fit")
    for benchmark in experiment.benchmarks:
        _check_benchmark(experiment, benchmark)
    if experiment.learns:
        _try_batches(experiment)
    devices, size = experiment.trainer.world_size, experiment.data.batch_size
    if size % devices:
        raise ValueError(
            f"data.batch_size: expected a multiple of the {devices} devices, which learn from equal parts of a batch; "
            f"got {size}"
        )
    if experiment.checkpoint:
        _check_checkpoint(experiment, experiment.checkpoint)


def _try_batches(experiment: Experiment) -> None:
    check_schedule(experiment.schedule)
    batches = experiment.data.batches()
    for step in range(len(experiment.data.scales)):
        audit(experiment.module, batches[step])
    _ = experiment.step_macs


def _check_benchmark(experiment: Experiment, benchmark: Benchmark) -> None:
    """Refuse one with images that can't be used, or measured by the protocol; warn of images that training sees."""
    if benchmark.pairs and benchmark.problems:
        raise ValueError("\n".join(benchmark.problems))
    corner = benchmark.pairs[0].high[None, ..., :64, :64]
    experiment.module.measure.protocol(corner / 255, corner)
    chosen_by, learnt = experiment.data.usable_val_files, experiment.data.usable_train_files
    for leak in whole_leaks([*learnt, *chosen_by], benchmark.files) if experiment.learns else []:
        if leak.train in chosen_by:
            experiment.selection_saw.add(benchmark.name)
        sets = "validation" if leak.train in chosen_by else "training"
        print(f"warning: {benchmark.name}: {leak.test} is in the {sets} set, as {leak.train}", file=sys.stderr)


def _check_checkpoint(experiment: Experiment, path: Path) -> None:
    """Refuse one of another network, and another run's from which nothing is left to train."""
    check_fit(experiment.network, network_weights(path), path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    budget = experiment.budget
    budget.seconds = state["callbacks"][experiment.stopwatch.state_key]["train"]
    if experiment.folder not in path.parents and budget.share(state["global_step"]) >= 1:
        raise ValueError(
            f"resume={path.parents[1]}: its {state['global_step']} steps have spent all of {budget.total:g} "
            f"{budget.unit}: nothing is left to train; give more, or leave output_dir out to see its result"
        )
