"""What the first of several processes decides, and the others hear."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sr_experiments.environment import is_one_of_several

if TYPE_CHECKING:
    from sr_experiments.experiment import Experiment


class Lead:
    """The word of the first of an experiment's processes: rank 0 of the world, not of each machine."""

    def __init__(self, experiment: "Experiment") -> None:
        self.experiment, self.others_wait = experiment, is_one_of_several()

    def is_ours(self) -> bool:
        """Whether this is the first process."""
        return not self.others_wait or self.experiment.trainer.is_global_zero

    def word(self, word: str = "nothing") -> str:
        """What the first process says, on all of them. Before that those begin which Lightning starts itself."""
        self.others_wait = False
        trainer = self.experiment.trainer
        if trainer.world_size == 1:
            return word
        strategy = trainer.strategy
        strategy.launcher.launch(strategy.setup_environment, trainer=trainer)  # pyright: ignore[reportOptionalMemberAccess]
        return strategy.broadcast(word)

    @contextmanager
    def last_word(self) -> Iterator[None]:
        """Tell others that wait to do nothing, where the block ends without a word."""
        try:
            yield
        finally:
            if self.others_wait:
                self.word("nothing")
                part()


def part() -> None:
    """Leave the other processes, if there are any, once all have done what they had to.

    A process that ends with its connections open, or while another still talks to it, may take that one down.
    """
    from torch import distributed

    if distributed.is_available() and distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()
