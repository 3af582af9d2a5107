"""The versions, code and machine that a run depends on, found with the standard library alone."""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sr_experiments.imports import sources

RUNNING = "sr_experiments.running"

# What torchrun, Lightning, SLURM, MPI and LSF tell a process that they start as one of several.
RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "JSM_NAMESPACE_RANK")


def is_one_of_several() -> bool:
    """Whether this process may be one of several that were started together."""
    return not os.environ.keys().isdisjoint(RANKS)


def environment(config: dict[str, Any]) -> dict[str, Any]:
    """The versions, code and machine that a run depends on."""
    return {
        "versions": versions(),
        "git": _git("rev-parse", "HEAD"),
        "git_changed": bool(_git("status", "--porcelain")),
        "code": code_key(config),
        "machine": {
            "platform": platform.platform(),
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        },
        "command": sys.argv,
    }


def versions() -> dict[str, str | None]:
    """The versions of Python, of this package and of the libraries that compute."""
    packages = ("sr_experiments", "torch", "pytorch-lightning", "hydra-core", "omegaconf", "torchmetrics", "numpy")
    return {"python": platform.python_version(), **{name: _version(name) for name in packages}}


def code_key(config: dict[str, Any]) -> str:
    """A hash of the source of every module that a run of the config imports; libraries stand in the versions.

    Loggers and the progress bar, which change no result, are left out.
    """
    callbacks = {name: part for name, part in config.get("callbacks", {}).items() if name != "progress"}
    named = targets({**config, "callbacks": callbacks, "logger": None})
    digest = hashlib.sha256()
    for name, source in sorted(sources([*named, RUNNING]).items()):
        digest.update(f"{name} {len(source)}\n".encode() + source)
    return digest.hexdigest()[:12]


def targets(node: Any) -> Iterator[str]:
    """Every `_target_` in a configuration."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield node["_target_"]
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from targets(part)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    folder = Path(__file__).resolve().parent
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
