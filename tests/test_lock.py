"""Who holds a run directory."""

import fcntl
import threading

import pytest

from sr_experiments import lock


@pytest.mark.slow
def test_one_process_holds_a_run(tmp_path):
    assert not lock.is_locked(tmp_path)
    with lock.hold(tmp_path):
        assert lock.is_locked(tmp_path)
        with pytest.raises(ValueError, match="another process"), lock.hold(tmp_path):
            pass
    assert not lock.is_locked(tmp_path)


def test_who_only_asks_about_a_lock_keeps_nobody_from_taking_it(tmp_path):
    """A sweep asks ten times a second, each time with a shared lock for an instant."""
    (tmp_path / lock.LOCK).touch()
    with (tmp_path / lock.LOCK).open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, [asking.fileno(), fcntl.LOCK_UN]).start()
        with lock.hold(tmp_path):
            assert lock.is_locked(tmp_path)
