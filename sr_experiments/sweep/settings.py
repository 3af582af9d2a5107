"""What `hydra.sweeper.search` may say, and what it means."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from sr_experiments.config import build
from sr_experiments.sweep.objectives import COSTS
from sr_experiments.sweep.space import Space, find_function, grid_values

DIRECTIONS = {"max": "maximize", "min": "minimize"}
PLACE = "hydra.sweeper.search"
EXAMPLES = {"sampler": "TPESampler", "pruner": "MedianPruner"}
GRID = "optuna.samplers.GridSampler"


class Settings(NamedTuple):
    """A search's settings as its file has them; docs/search.md says what each means."""

    n_trials: int | None = None
    objectives: Mapping[str, str] = {}
    sampler: Mapping[str, Any] | None = None
    pruner: Mapping[str, Any] | None = None
    space: str | None = None
    storage: str | None = None
    profile: Mapping[str, Any] = {}

    def trials(self, space: Space) -> int:
        """How many trials the study is to have; Optuna's grid has an end of its own."""
        if self._is_grid():
            size = 1
            for values in grid_values(space).values():
                size *= len(values)
            return min(size, self.n_trials or size)
        if not isinstance(self.n_trials, int) or self.n_trials < 1:
            raise ValueError(f"{PLACE}.n_trials: expected a number of trials, at least 1, got {self.n_trials}")
        return self.n_trials

    def make_sampler(self, space: Space, number: int) -> BaseSampler:
        """The sampler for trial `number`, its seed moved on by so much.

        Samplers keep what they learn in the study. With one seed for all, a second worker, or the same one started
        again, would draw the same first points again.
        """
        default = "NSGAIISampler" if len(self.objectives) > 1 else "TPESampler"
        settings = dict(self.sampler or {"_target_": f"optuna.samplers.{default}", "seed": 0})
        if isinstance(settings.get("seed"), int):
            settings["seed"] += number
        extra = {"search_space": grid_values(space)} if self._is_grid() else {}
        return _build("sampler", settings, BaseSampler, **extra)

    def make_pruner(self) -> BasePruner | None:
        """The pruner, if there is one."""
        return _build("pruner", self.pruner, BasePruner) if self.pruner else None

    def with_objective(self, selects: tuple[str, str]) -> "Settings":
        """The same, its objective being what chooses the weights unless they say another; a ValueError at a third."""
        name = selects[0].removeprefix("val/")
        for objective in self.objectives:
            if objective not in (name, *COSTS):
                raise ValueError(
                    f"{PLACE}.objectives: expected {', '.join((name, *COSTS))}, got {objective}; {name} is the "
                    "validation images': a benchmark's score is read once, at the end, and chooses nothing"
                )
        return self._replace(objectives=self.objectives or {name: DIRECTIONS[selects[1]]})

    def check(self, space: Space) -> None:
        """Refuse, before anything is written, what can't be searched."""
        self.trials(space)
        self.make_sampler(space, 0)
        self.make_pruner()
        if own := [line for line in space.fixed if line.startswith(("output_dir=", "resume=", "audit="))]:
            raise ValueError(f"{own[0]}: the trials of a search have folders and results of their own")
        if not space.varied and not self.space:
            raise ValueError(f"a search varies something: give hydra.sweeper.params, or {PLACE}.space")
        if self.space:
            find_function(self.space)

    def _is_grid(self) -> bool:
        return bool(self.sampler) and self.sampler.get("_target_") == GRID


def _build(key: str, settings: Mapping[str, Any], kind: type, **extra: Any) -> Any:
    place = f"{PLACE}.{key}"
    result = build({place: settings}, place, **extra)
    if not isinstance(result, kind):
        raise ValueError(f"{place}: expected one of optuna.{key}s, got {settings['_target_']}")
    return result


def read_settings(given: Any) -> Settings:
    """Check what a file or a command line gave; a ValueError says what was expected, what came, and where."""
    if not isinstance(given, Mapping):
        raise ValueError(f"{PLACE}: expected settings such as {{n_trials: 20}}, got {given}")
    if unknown := set(given) - set(Settings._fields):
        raise ValueError(f"{PLACE} has {', '.join(Settings._fields)}, not {', '.join(map(str, sorted(unknown)))}")
    settings = Settings(**{key: value for key, value in given.items() if value is not None})
    for key in ("sampler", "pruner"):
        part = getattr(settings, key)
        if part is not None and not (isinstance(part, Mapping) and "_target_" in part):
            raise ValueError(f"{PLACE}.{key}: expected a _target_ such as optuna.{key}s.{EXAMPLES[key]}, got {part}")
    _check_directions(settings.objectives)
    if settings.pruner and len(settings.objectives) > 1:
        raise ValueError(f"{PLACE}.pruner: Optuna prunes by one objective, not by {', '.join(settings.objectives)}")
    if settings.profile and "latency_ms" not in settings.objectives:
        raise ValueError(f"{PLACE}.profile says how latency_ms is measured, which is no objective here")
    return settings


def _check_directions(objectives: Any) -> None:
    if not isinstance(objectives, Mapping):
        raise ValueError(f"{PLACE}.objectives: expected such as {{psnr: maximize}}, got {objectives}")
    for name, way in objectives.items():
        if way not in ("maximize", "minimize"):
            raise ValueError(f"{PLACE}.objectives.{name}: expected maximize or minimize, got {way}")
