"""Hydra's seam for the sweeper: a grid, or a search."""

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from sr_experiments.config import refusing


class Sweeper(BasicSweeper):
    """Every combination of the swept values, handed to the launcher at once; or, with `search`, trials of them.

    The grid is Hydra's own, without the file that it writes into the sweep's folder before anything was checked.
    """

    def __init__(self, params: dict[str, str] | None, search: dict[str, Any] | None) -> None:
        super().__init__(max_batch_size=None, params=params)
        self.search = search

    def sweep(self, arguments: list[str]) -> Any:
        """Run what `hydra.sweeper.params` and the command line ask for."""
        assert self.hydra_context is not None and self.launcher is not None and self.config is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        if self.search is None:
            _check_listed(overrides)
            (batch,) = self.split_arguments(overrides, None)
            return self.launcher.launch(batch, initial_job_idx=0)
        launcher: Any = self.launcher
        with refusing():
            if not hasattr(launcher, "place"):
                raise ValueError("hydra.sweeper.search: a search needs sr-train and one of its launchers")
            from sr_experiments.sweep.search import search

            return search(
                self.search,
                overrides,
                plan=launcher.plan,
                place=launcher.place,
                at_once=launcher.jobs,
                folder=Path(self.config.hydra.sweep.dir),
                command=launcher.command(),
            )


def _check_listed(overrides: list[Override]) -> None:
    for override in overrides:
        if override.is_interval_sweep():
            raise SystemExit(
                f"error: {override.input_line}: a grid lists its values, as choice() and range() do; "
                "an interval needs a search, such as hydra.sweeper.search={n_trials: 20}"
            )
