"""Pieces of an image, several at once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def at_once(threads: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """What `map` is, for so many pieces at the same time, each in a thread that torch has no others beside.

    Light networks are faster so than with each layer shared among threads, which wait for one another after each.
    """
    if threads == 1:
        yield map
        return
    own = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool.map
    finally:
        torch.set_num_threads(own)  # what those that are made from now on begin with
