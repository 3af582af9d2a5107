"""A run, from its first step to its scores, and what its record says of it."""

import resource
from functools import partial
from pathlib import Path
from typing import Any

import torch

from sr_experiments import record, tables
from sr_experiments.callbacks.fast import Fast
from sr_experiments.callbacks.steps import steps
from sr_experiments.channels import channels
from sr_experiments.experiment import Experiment
from sr_experiments.measuring.bicubic import Bicubic
from sr_experiments.model.cost import multiply_adds, parameters
from sr_experiments.module.weights import load_weights, network_weights, save_weights
from sr_experiments.report.table import score_table


def run(experiment: Experiment) -> float:
    """Train, choose the weights, measure, record; the best of what validation selects by."""
    _restore_threads(experiment)
    network, checkpoint = experiment.network, experiment.checkpoint
    _note(
        experiment,
        threads=torch.get_num_threads(),
        parameters=parameters(network),
        **_multiply_adds(experiment),
        weights=experiment.start and experiment.start._asdict(),
        streamed=experiment.data.train_pairs.streamed,
        began_from=str(checkpoint) if checkpoint and experiment.folder not in checkpoint.parents else None,
    )
    for logger in experiment.loggers:
        logger.log_hyperparams(experiment.config)
    validation = _fit(experiment) if experiment.learns else _validate(experiment)
    if experiment.trainer.is_global_zero:
        save_weights(network, experiment.folder / "weights.safetensors")
    done, (metric, best) = steps(experiment.trainer), record.selection({"validation": validation})
    _note(experiment, validation=validation, steps=done, macs=round(done * experiment.step_macs))
    for logger in experiment.loggers:
        logger.log_metrics({f"val/best_{metric}": best})
    _test(experiment)
    spent = {f"{activity}_seconds": round(seconds, 3) for activity, seconds in experiment.stopwatch.spent.items()}
    _note(experiment, status="finished", timings=spent, peak_memory_mib=peak_memory(), ended=record.now())
    return best


def measure(experiment: Experiment) -> float:
    """Measure a finished run on its config's benchmarks; the best of what validation selected by."""
    load_weights(experiment.network, experiment.folder / "weights.safetensors")
    _test(experiment)
    return record.selection(record.read(experiment.folder))[1]


def last_good(folder: Path) -> str:
    """Where the last checkpoint lies, for a run that ended badly."""
    path = folder / "checkpoints" / "last.ckpt"
    return f"the last good checkpoint is {path}" if path.exists() else "there was no checkpoint yet"


def _fit(experiment: Experiment) -> dict[str, Any]:
    fast = [each for each in experiment.callbacks.values() if isinstance(each, Fast)]
    for each in fast:
        each.goes_on = experiment.checkpoint is not None
    experiment.trainer.fit(experiment.module, datamodule=experiment.data, ckpt_path=experiment.checkpoint)
    for each in fast:
        _note(experiment, fast=each.way._asdict())
    return _choose(experiment)


def _choose(experiment: Experiment) -> dict[str, Any]:
    """Take the weights that validation chose; what it says of them."""
    path, best = experiment.folder / "checkpoints" / "best.ckpt", experiment.callbacks["best"]
    step = torch.load(path, map_location="cpu", weights_only=True)["global_step"]
    experiment.network.load_state_dict(network_weights(path))
    curves = tables.read_rows(experiment.folder / "metrics.csv")
    gap = [float(row["value"]) for row in curves if row["name"] == "gap" and int(row["step"]) == step]
    chosen = {best.monitor.removeprefix("val/"): float(best.best_model_score), "step": step}
    return chosen | ({"gap": gap[-1]} if gap else {})


def _validate(experiment: Experiment) -> dict[str, Any]:
    (values,) = experiment.trainer.validate(experiment.module, datamodule=experiment.data, verbose=False)
    metric = experiment.callbacks["best"].monitor
    return {metric.removeprefix("val/"): values[metric], "step": 0}


def _test(experiment: Experiment) -> None:
    trainer = experiment.trainer
    share = (trainer.global_rank, trainer.world_size)
    loaders = [benchmark.loader(share) for benchmark in experiment.benchmarks]
    if loaders:
        trainer.test(experiment.module, dataloaders=loaders, verbose=False)
        if trainer.is_global_zero:
            _keep_scores(experiment)
    for logger in experiment.loggers:
        if hasattr(logger, "finish"):
            logger.finish(experiment.folder / "images")


def _keep_scores(experiment: Experiment) -> None:
    """Record, log and print what was measured, beside bicubic interpolation."""
    folder, rows, about = experiment.folder, experiment.scores.rows, experiment.module.measure.about
    record.add_scores(folder, rows, ways=dict(experiment.ways), **about)
    record.note_selection(folder, experiment.selection_saw)
    means = {f"{mean['benchmark']}/{mean['metric']}": mean["value"] for mean in tables.averages(rows)}
    for logger in experiment.loggers:
        logger.log_metrics(means)
    bicubic = Bicubic(experiment.config, experiment.module.measure)
    known = [bicubic.rows(*measured) for measured in zip(experiment.benchmarks, experiment.ways, strict=True)]
    print(score_table(rows, [row for each in known for row in each]))


def _multiply_adds(experiment: Experiment) -> dict[str, int]:
    seen, scale = channels(experiment.config["color"]), experiment.config["scale"]
    cost = partial(multiply_adds, experiment.network, seen, scale)
    drawn = {"sample_multiply_adds": cost(sample=True)} if hasattr(experiment.network, "noise_channels") else {}
    return {"multiply_adds": cost(), **drawn}


def _note(experiment: Experiment, **facts: Any) -> None:
    if experiment.trainer.is_global_zero:
        record.update(experiment.folder, **facts)


def _restore_threads(experiment: Experiment) -> None:
    """Go on with the number of threads that the run began with: sums in another order give other bits."""
    begun = experiment.checkpoint.parents[1] if experiment.checkpoint else experiment.folder
    if (begun / "run.json").exists():
        torch.set_num_threads(record.read(begun).get("threads") or torch.get_num_threads())


def peak_memory() -> float:
    """The most memory that this process held, in MiB; on a GPU, of the GPU's."""
    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return round(torch.cuda.max_memory_allocated() / 2**20, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10, 1)
