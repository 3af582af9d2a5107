"""Jobs in the queue of a SLURM cluster, through submitit."""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any


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
