"""What sr-upscale takes for a frame of a film, and the memory at its peak: one thread, sound and all."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import av

from sr_experiments.environment import environment

START = ("-c", "import sr_experiments.inference.films")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, default=24, metavar="N", help="no more than the first (%(default)s)")
    parser.add_argument("--run", default="espcn_x2", metavar="NAME_OR_RUN", help="the network (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    idle, _ = spent(*START)
    found = {film.name: measured(film, options.frames, options.run, idle) for film in options.film}
    for name, facts in found.items():
        print(f"{name}: {facts['frames']} frames {facts['from']} to {facts['to']} by {options.run}")
        print(f"  {facts['seconds']:.2f} CPU seconds a frame, {facts['mebibytes']:.0f} MiB at the peak")
    if options.json:
        facts = {"benchmark": __doc__, "run": options.run, "films": found, "machine": environment({})["machine"]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")


def measured(film: Path, frames: int, run: str, idle: float) -> dict[str, Any]:
    """CPU seconds for each frame beside those of a start, and the peak in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        short, large = Path(folder, f"short{film.suffix}"), Path(folder, "large.mp4")
        count = cut(film, short, frames)
        seconds, mebibytes = spent("-m", "sr_experiments.upscale", str(short), "--output", str(large), "--run", run)
        sizes = [size(path) for path in (short, large)]
    return {
        "frames": count,
        "from": sizes[0],
        "to": sizes[1],
        "seconds": (seconds - idle) / count,
        "mebibytes": mebibytes,
    }


def cut(film: Path, short: Path, frames: int) -> int:
    """Copy a film's first frames and what is heard until then, and return how many there are."""
    count = 0
    with av.open(str(film)) as given, av.open(str(short), "w") as made:
        streams = [*given.streams.video[:1], *given.streams.audio]
        tracks = {stream.index: made.add_stream_from_template(stream, opaque=True) for stream in streams}
        for packet in given.demux(streams):
            count += packet.size > 0 and packet.stream.type == "video"
            if count > frames:
                return frames
            if packet.size:
                packet.stream = tracks[packet.stream.index]
                made.mux(packet)
    return count


def spent(*arguments: str) -> tuple[float, float]:
    """CPU seconds of a Python process on one thread, and its peak in MiB."""
    process = subprocess.Popen([sys.executable, *arguments], env={**os.environ, "OMP_NUM_THREADS": "1"})
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(arguments)} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def size(film: Path) -> str:
    with av.open(str(film)) as opened:
        return f"{opened.streams.video[0].width}×{opened.streams.video[0].height}"


if __name__ == "__main__":
    main()
