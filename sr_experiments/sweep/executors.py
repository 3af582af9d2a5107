"""Where jobs are placed but on this machine: a Dask cluster, and the queue of a SLURM cluster through submitit."""

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


class SlurmQueue(Executor):
    """Submits each call as a job of its own.

    `parameters` are submitit's (timeout_min, gpus_per_node, slurm_partition, …); `folder`: of its scripts and logs;
    `cluster`: slurm, or local to try without one.
    """

    def __init__(self, *, folder: str, cluster: str, parameters: dict[str, Any]) -> None:
        try:
            from submitit import AutoExecutor
        except ImportError as error:
            raise ValueError(f'{error}: pip install "sr_experiments[slurm]" brings what this launcher needs') from None
        try:
            self.queue = AutoExecutor(folder, cluster=cluster)
            self.queue.update_parameters(**parameters)
        except (RuntimeError, NameError, AssertionError) as error:
            raise ValueError(f"hydra.launcher.executor: {error}") from None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Queue a call; what comes back is submitit's job, which has `result` as a future has."""
        return self.queue.submit(fn, *args, **kwargs)
