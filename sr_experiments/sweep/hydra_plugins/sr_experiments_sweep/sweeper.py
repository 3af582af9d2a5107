"""Hydra's seam for the sweeper: a grid, or a search."""

from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from sr_experiments.composing.errors import refusing
from sr_experiments.sweep.job import RETRIED

Params = dict[str, str]


class Sweeper(BasicSweeper):
    """Every combination of the swept values, handed to the launcher at once; or, with `search`, trials of them.

    `params` may be a list of grids, which make one sweep together.

    The grid is Hydra's own, without the file that it writes into the sweep's folder before anything was checked.
    """

    def __init__(self, params: Params | list[Params] | None, search: dict[str, Any] | None, retry: str) -> None:
        if retry not in RETRIED:
            raise ValueError(f"hydra.sweeper.retry: expected {', '.join(RETRIED)}, got {retry}")
        super().__init__(max_batch_size=None, params=None)
        self.grids = params if isinstance(params, list) else [params or {}]
        if search is not None and len(self.grids) > 1:
            raise ValueError("hydra.sweeper.params: a search has one space, a list of grids is for sweeps without one")
        self.search, self.retry = search, retry

    def sweep(self, arguments: list[str]) -> Any:
        """Run what the command line and `hydra.sweeper.params` ask for; the command line's values replace those."""
        assert self.hydra_context is not None and self.launcher is not None
        parse = OverridesParser.create(config_loader=self.hydra_context.config_loader).parse_overrides
        given = parse(arguments)
        named = {override.key_or_group for override in given}
        spaces = [[*self._kept(params, named), *given] for params in self.grids]
        with refusing():
            if self.search is not None:
                return self._search(spaces[0])
            for overrides in spaces:
                _check_listed(overrides)
        jobs = [job for overrides in spaces for job in self.split_arguments(overrides, None)[0]]
        return self.launcher.launch(jobs, initial_job_idx=0)

    def _kept(self, params: Params, named: set[str]) -> list[Override]:
        """A grid's own values, but those that the command line names."""
        assert self.hydra_context is not None
        self.params = params
        parse = OverridesParser.create(config_loader=self.hydra_context.config_loader).parse_overrides
        return [override for override in parse(self._parse_config()) if override.key_or_group not in named]

    def _search(self, overrides: list[Override]) -> None:
        from sr_experiments.sweep.search import plan_search, search

        launcher: Any = self.launcher
        if not hasattr(launcher, "open"):
            raise ValueError("hydra.sweeper.search: a search needs sr-train, and a launcher that runs jobs")
        settings, space, name = plan_search(self.search, overrides, launcher.plan)
        with launcher.open(total=None, shared=set(space.fixed)) as launch:
            launch.progress.well.add("diverged")  # a bad place in the space, not a failure
            search(settings, space, name, launch, retry=self.retry)


def _check_listed(overrides: list[Override]) -> None:
    for override in overrides:
        if override.is_interval_sweep():
            raise ValueError(
                f"{override.input_line}: a grid lists its values, as choice() and range() do; "
                "an interval needs a search, such as hydra.sweeper.search={n_trials: 20}"
            )
