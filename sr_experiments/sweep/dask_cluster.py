"""Jobs on a Dask cluster."""

import logging
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

# a worker that notices first that its cluster ends would log that as an error
QUIET = {"distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "critical"}


class DaskCluster(Executor):
    """Places each call on a worker of the cluster at `address`, or of one with `workers` that it starts here.

    A call whose worker is lost is placed again on another.
    """

    def __init__(self, *, address: str | None, workers: int) -> None:
        try:
            from dask import config
            from distributed import Client
        except ImportError as error:
            raise ValueError(
                f'{error}: pip install "sr_experiments[dask]" brings what hydra/launcher=dask needs'
            ) from None
        own = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": logging.ERROR}
        ctrl_c = signal.signal(signal.SIGINT, signal.SIG_IGN)  # workers inherit that: stopping is the launcher's part
        try:
            with config.set(QUIET):
                self.client = Client(address) if address else Client(**own)
        finally:
            signal.signal(signal.SIGINT, ctrl_c)
        self.executor = self.client.get_executor(pure=False)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Place a call."""
        return self.executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster, or end the one that was started."""
        self.client.close()
