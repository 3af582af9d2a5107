"""Hydra's seam for the sweeper that runs a grid."""

from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser

from sr_experiments.sweep.job import LEFT


class GridSweeper(BasicSweeper):
    """Every combination of the swept values, handed to the launcher at once.

    Hydra's own grid, without the file that it writes into the sweep's folder before anything was checked.
    """

    def __init__(self, params: dict[str, str] | None, retry: str) -> None:
        if retry not in LEFT:
            raise ValueError(f"hydra.sweeper.retry: expected {', '.join(LEFT)}, got {retry}")
        super().__init__(max_batch_size=None, params=params)

    def sweep(self, arguments: list[str]) -> Any:
        """Run the combinations of `hydra.sweeper.params` and the command line."""
        assert self.hydra_context is not None and self.launcher is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        (batch,) = self.split_arguments(parser.parse_overrides([*self._parse_config(), *arguments]), None)
        return self.launcher.launch(batch, initial_job_idx=0)
