"""A PostgreSQL server of the tests' own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def program(name: str) -> str:
    """One of PostgreSQL's programs; Debian keeps them off the path."""
    debian = sorted(str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found := shutil.which(name) or (debian or [None])[-1]:
        return found
    pytest.skip("PostgreSQL is not here: apt-get install postgresql")


@pytest.fixture(scope="session")
def port() -> int:
    """A TCP port that nobody listens at."""
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of an empty database in a real server, which refuses to run as root."""
    folder, port = Path(tempfile.mkdtemp(prefix="sr-postgresql-")), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user, user)

    def call(name: str, *arguments: str) -> None:
        subprocess.run([program(name), "-D", str(folder), *arguments], check=True, user=user, cwd="/", timeout=120)

    call("initdb", "-U", "searcher", "-A", "trust", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -F"
    call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql://searcher@127.0.0.1:{port}/postgres"
    call("pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)
