"""What is wrong with the input of a command, said in a message rather than a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hydra.errors import HydraException
from omegaconf.errors import InterpolationKeyError, MissingMandatoryValue, OmegaConfBaseException

from sr_experiments.legible import legible
from sr_experiments.lock import BusyError


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what is wrong with the input into one message on the terminal and exit code 1.

    For the part of a command that composes, reads and checks; HYDRA_FULL_ERROR=1 shows the traceback. Where another
    process holds a run, the code is `os.EX_TEMPFAIL`, by which a sweep knows that its job has not failed.
    """
    try:
        yield
    except BusyError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(os.EX_TEMPFAIL) from None
    except (ValueError, OSError, ImportError, HydraException, OmegaConfBaseException) as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        said = legible(_explanation(error), kept="\n\t")
        raise SystemExit(f"error: {said}") from None


def _explanation(error: Exception) -> str:
    if isinstance(error, MissingMandatoryValue):
        return f"{error.full_key} has no value: pass {error.full_key}=…"
    if isinstance(error, InterpolationKeyError):
        return f"{error}\nIs {error.full_key} part of an encoder and a decoder that do not belong together?"
    if isinstance(error, HydraException) and error.__cause__:
        return f"{error}\n{error.__cause__}"
    return str(error)
