"""What sr-upscale takes for a frame of a film of 8 bits, the memory at its peak, and whether all is there as it was."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from sr_experiments.environment import environment

START = ("-c", "import sr_experiments.inference.films")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, default=132, metavar="N", help="no more than the first (%(default)s)")
    parser.add_argument("--run", default="espcn_x2", metavar="NAME_OR_RUN", help="the network (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options = parser.parse_args()
    idle, _ = spent(*START)
    found = {film.name: measured(film, options.frames, options.run, idle) for film in options.film}
    for name, facts in found.items():
        print(f"{name}: {facts['frames']} frames {facts['from']} to {facts['to']} by {options.run}")
        print(f"  {facts['seconds']:.2f} CPU seconds a frame, {facts['mebibytes']:.0f} MiB at the peak")
        print(f"  {', '.join(facts['lost']) or 'frames, times and sound as they were'}", end="")
        print(f"; mean colors differ by {facts['grey_levels']:.2f} grey levels at most")
    if options.json:
        facts = {"benchmark": __doc__, "run": options.run, "films": found, "machine": environment({})["machine"]}
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    sys.exit(any(facts["lost"] or facts["grey_levels"] > 1 for facts in found.values()))


def measured(film: Path, frames: int, run: str, idle: float) -> dict[str, Any]:
    """CPU seconds for each frame beside those of a start, the peak in MiB, and what became of the film."""
    with tempfile.TemporaryDirectory() as folder:
        short, large = Path(folder, f"short{film.suffix}"), Path(folder, "large.mp4")
        count = cut(film, short, frames)
        seconds, mebibytes = spent("-m", "sr_experiments.upscale", str(short), "--output", str(large), "--run", run)
        before, after = see(short), see(large)
    return {
        "frames": count,
        "from": before.size,
        "to": after.size,
        "seconds": (seconds - idle) / count,
        "mebibytes": mebibytes,
        "packets": len(before.packets),
        "lost": [name for name in ("times", "packets") if getattr(before, name) != getattr(after, name)],
        "grey_levels": float(np.abs(np.subtract(before.colors, after.colors)).max()),
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


class Seen(NamedTuple):
    """A film's size, its frames' times and the means of their planes, and the packets of sound with their times."""

    size: str
    times: list[Any]
    colors: list[list[float]]
    packets: list[Any]


def see(film: Path) -> Seen:
    times, colors, packets = [], [], []
    with av.open(str(film)) as opened:
        video = opened.streams.video[0]
        for packet in opened.demux(video, *opened.streams.audio):
            if packet.stream is not video:
                packets += [(packet.pts, packet.time_base, bytes(packet))] if packet.size else []
                continue
            frames: list[Any] = packet.decode()
            for frame in frames:
                times.append(frame.pts * frame.time_base)
                colors.append([mean(plane) for plane in frame.planes])
        return Seen(f"{video.width}×{video.height}", times, colors, packets)


def mean(plane: Any) -> float:
    return float(np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width].mean())


if __name__ == "__main__":
    main()
