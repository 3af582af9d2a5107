"""The parts of one run: data, module and trainer, built from a config."""

import logging
import sys
import warnings
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from statistics import mean
from typing import Any

from pytorch_lightning import Trainer, seed_everything
from pytorch_lightning.callbacks import ModelCheckpoint

from sr_experiments import record
from sr_experiments.callbacks.averaging import NetworkAlone
from sr_experiments.callbacks.budget import Budget, budget
from sr_experiments.callbacks.buffers import SameBuffers
from sr_experiments.callbacks.configured import AsConfigured
from sr_experiments.callbacks.curves import Curves
from sr_experiments.callbacks.divergence import StopOnDivergence
from sr_experiments.callbacks.idle import without_idle_hooks
from sr_experiments.callbacks.last import Last
from sr_experiments.callbacks.pruning import Pruning
from sr_experiments.callbacks.scores import Scores
from sr_experiments.callbacks.steps import Steps, steps
from sr_experiments.callbacks.stopwatch import Stopwatch
from sr_experiments.callbacks.trace import Trace
from sr_experiments.channels import channels
from sr_experiments.color import enlarge_image
from sr_experiments.config import Config, build, build_each
from sr_experiments.inference.enlarge import tiles
from sr_experiments.inference.network import Network
from sr_experiments.inference.tiles import Tiles
from sr_experiments.metrics.measure import Measure
from sr_experiments.model.cost import parameters
from sr_experiments.module.audit import check_module, check_network
from sr_experiments.module.cost import patch_multiply_adds
from sr_experiments.module.settings import check_settings
from sr_experiments.module.weights import Start, warm_start
from sr_experiments.way import way

logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
warnings.filterwarnings("ignore", category=FutureWarning, module="pytorch_lightning")
warnings.filterwarnings("ignore", message=".*LeafSpec.*")


class Experiment:
    """One run of a resolved `config` in `folder`. Building it writes nothing; only `running` does.

    `prunes`, given what validation selects by and the step, says whether to end the training there.
    """

    def __init__(self, config: Config, folder: Path, prunes: Callable[[float, int], bool] | None = None) -> None:
        check_settings(config["trainer"])
        seed_everything(config["seed"], verbose=False)
        self.config, self.folder, self.prunes = config, folder, prunes
        self.stopwatch = Stopwatch()
        self.data = build(
            config,
            "data",
            scale=config["scale"],
            seed=config["seed"],
            degradation=build(config, "degradation"),
            augmentations=list(build_each(config, "augmentation").values()),
            time_batches=self.stopwatch.time_batches,
        )
        self.benchmarks = list(build_each(config, "benchmark").values())
        self.network = build(config, "model")
        check_network(self.network)
        self.learns = parameters(self.network) > 0
        self.start = self._warm_start()
        self.schedule: Callable[[float], float] = build(config, "scheduler")
        self.callbacks = self._callbacks()
        best = self.callbacks["best"]
        self.module: Any = build(
            config,
            "module",
            network=self.network,
            losses=build_each(config, "loss"),
            optimizer=build(config, "optimizer"),
            scheduler=self.schedule,
            spent=lambda: self.budget.share(steps(self.trainer)),
            tiles=self._tiles(),
            measure=Measure(build(config, "protocol"), build_each(config, "metrics")),
            selects=(best.monitor, best.mode),
        )
        check_module(self.module, config["trainer"].get("gradient_clip_val"))
        without_idle_hooks(self.module)
        self.ways = [way(config, name) for name in config["benchmark"]]
        self.scores = Scores(self.benchmarks, [each.key for each in self.ways], folder / "images")
        self.selection_saw: set[str] = set()
        self.loggers = list(build_each(config, "logger", save_dir=folder).values())

    @cached_property
    def trainer(self) -> Trainer:
        """Lightning's trainer, its intervals counted in optimizer steps.

        The callbacks named here are no choice: without one of them a record would say what did not happen.
        """
        settings = self.config["trainer"]
        accumulate = settings["accumulate_grad_batches"]
        always = [
            self.stopwatch,  # before what reads it
            Steps(accumulate),
            self.budget,  # ends the training: max_steps or what stands for it
            AsConfigured(),  # a resumed optimizer has the config's settings, not the checkpoint's
            SameBuffers(),
            Curves(self.folder / "metrics.csv", self.stopwatch),  # part of the record, as scores are
            StopOnDivergence(),
            self.scores,
            *([Pruning(self.prunes)] if self.prunes else []),
        ]
        return build(
            self.config,
            "trainer",
            default_root_dir=self.folder,
            max_steps=self.budget.total if self.budget.unit == "step" else sys.maxsize,
            val_check_interval=settings["val_check_interval"] * accumulate,
            accumulate_grad_batches=accumulate if self.module.automatic_optimization else 1,
            logger=self.loggers,
            profiler=Trace(self.folder) if settings.get("profiler") else None,
            # NetworkAlone after any weight averaging
            callbacks=[*map(without_idle_hooks, [*always, *self.callbacks.values(), NetworkAlone()])],
        )

    @cached_property
    def budget(self) -> Budget:
        """What the training may cost."""
        limits, max_steps = self.config.get("budget") or {}, self.config["trainer"]["max_steps"]
        step_macs = self.step_macs if limits.get("macs") is not None else 0
        return budget(limits, max_steps, step_macs, self.stopwatch)

    @cached_property
    def step_macs(self) -> float:
        """Multiply-adds of one optimizer step: of the terms of its patches, the mean over `data.scales`."""
        if not self.learns:
            return 0
        seen, side = channels(self.config["color"]), self.data.patch_size
        patch = mean(patch_multiply_adds(self.module, seen, side, scale) for scale in self.data.scales)
        return patch * self.data.batch_size * self.config["trainer"]["accumulate_grad_batches"]

    def _callbacks(self) -> dict[str, Any]:
        callbacks = build_each(self.config, "callbacks")
        for name, kind in (("best", ModelCheckpoint), ("last", Last)):
            if not isinstance(callbacks.get(name), kind):
                raise ValueError(f"callbacks.{name}: every run needs its {kind.__name__}, as conf/train.yaml has it")
        for callback in callbacks.values():
            if isinstance(callback, ModelCheckpoint):
                callback.dirpath = str(self.folder / "checkpoints")
        return callbacks

    def summary(self) -> str:
        """What would be trained, in a line."""
        images = f"{len(self.data.train_pairs)} training and {len(self.data.val_pairs)} validation images"
        return f"{parameters(self.network):,} parameters, {images}"

    @cached_property
    def checkpoint(self) -> Path | None:
        """Where training goes on: this run's last checkpoint, or that of the run which it resumes."""
        folders = [self.folder, *([Path(self.config["resume"])] if self.config["resume"] else [])]
        found = (folder / "checkpoints" / "last.ckpt" for folder in folders)
        return next((path for path in found if path.exists()), None) if self.learns else None

    def _tiles(self) -> Tiles | None:
        if self.config.get("tile") is None:
            return None
        color = self.config["color"]
        used = Network(self.network, scale=self.config["scale"], color=color)
        return tiles(partial(enlarge_image, self.network, color=color), used, self.config["tile"])

    def _warm_start(self) -> Start | None:
        parts = self.config.get("weights_parts") or []
        if not self.config.get("weights"):
            if parts:
                raise ValueError(f"weights_parts={parts}: parts of which weights? Pass weights=RUN")
            return None
        path = record.weights_file(self.config["weights"])
        start = warm_start(self.network, path, self.config["scale"], parts)
        print(f"weights={path}: {start}")
        return start
