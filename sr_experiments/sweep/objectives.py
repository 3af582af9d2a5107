"""What trials are judged by: what the record of a job says, and the latency of its network."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sr_experiments.record import Record

COSTS = ("multiply_adds", "parameters", "latency_ms")


def objective_value(name: str, run: Path, facts: Record, profile: Mapping[str, Any]) -> float:
    """A finished run's value of an objective: one of `COSTS`, or its validation metric; a ValueError where it has none.

    `profile`: the settings under which latency is measured.
    """
    if name == "latency_ms":
        return measure_latency(run, profile)
    value = facts.get(name) if name in COSTS else facts["validation"].get(name)
    if value is None:
        raise ValueError(f"its {name} is no finite number")
    return value


def measure_latency(run: Path, settings: Mapping[str, Any]) -> float:
    """Milliseconds that a run's network takes: `sr-profile run=RUN` in a fresh process, under its settings.

    The run is the search's own: its network may be of the user's modules. Its record keeps the profile. A ValueError
    holds what sr-profile refused.
    """
    quoted = str(run).replace("'", r"\'")
    overrides = [f"{name}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "sr_experiments.profile", f"run='{quoted}'", "trust=true", *overrides]
    with TemporaryDirectory() as folder:
        result = Path(folder) / "profile.json"
        done = subprocess.run([*command, f"json={result}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(f"sr-profile: {done.stderr.strip().removeprefix('error: ')}")
        return json.loads(result.read_text())["latency_ms"]
