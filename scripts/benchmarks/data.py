"""Training patches per CPU-second: this loader beside decoding each sample, a NumPy loop and a plain memory copy."""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count, islice
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from sr_experiments.augmentation.flips import flips
from sr_experiments.data.batches import Batches, by_step
from sr_experiments.data.decoded.images import Images
from sr_experiments.data.decoded.patches import Patches
from sr_experiments.data.pairs import Pairs, read_pairs
from sr_experiments.data.photos import photos
from sr_experiments.data.sources.files import folder_files
from sr_experiments.degradation.bicubic import bicubic
from sr_experiments.files.images import write_image
from sr_experiments.record import environment

ROUNDS = 5  # those that race take turns, the best of each counts
IMAGES, WIDTH, HEIGHT = 24, 2000, 1400
SCALE, LOW, BATCH = 2, 48, 16
HIGH = SCALE * LOW
FASTER_THAN_DECODING, PRIVATE_MIB = 1000, 64


class DecodedPerSample(Dataset[tuple[np.ndarray, np.ndarray]]):
    """The usual pipeline: open both PNGs, decode them whole, cut one patch, flip it."""

    def __init__(self, files: list[tuple[Path, Path]]) -> None:
        self.files = files

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(number)
        low, high = (np.asarray(Image.open(path)) for path in self.files[random.integers(len(self.files))])
        top, left = (int(random.integers(side - LOW + 1)) for side in low.shape[:2])
        patch = low[top : top + LOW, left : left + LOW], high[SCALE * top :, SCALE * left :][:HIGH, :HIGH]
        turns = random.random(3) < 0.5
        low, high = (turned(image.transpose(2, 0, 1), turns) for image in patch)
        return np.ascontiguousarray(low), np.ascontiguousarray(high)


def turned(image: np.ndarray, turns: np.ndarray) -> np.ndarray:
    image = image[:, :, ::-1] if turns[0] else image
    image = image[:, ::-1] if turns[1] else image
    return image.transpose(0, 2, 1) if turns[2] else image


def numpy_loop(pairs: Pairs) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What one would write by hand over the same decoded images."""
    assert isinstance(pairs.low, Images)
    random = np.random.default_rng(0)
    while True:
        lows, highs = [], []
        for _ in range(BATCH):
            image = int(random.integers(len(pairs)))
            low, high = pairs.low.array(image), pairs.high.array(image)
            top, left = (int(random.integers(side - LOW + 1)) for side in low.shape[1:])
            turns = random.random(3) < 0.5
            lows.append(turned(low[:, top : top + LOW, left : left + LOW], turns))
            top, left = SCALE * top, SCALE * left
            highs.append(turned(high[:, top : top + HIGH, left : left + HIGH], turns))
        yield np.stack(lows), np.stack(highs)


def copies(pairs: Pairs) -> Iterator[np.ndarray]:
    """As many bytes as a batch has, from one place of the decoded images."""
    random, size = np.random.default_rng(0), 3 * BATCH * (LOW**2 + HIGH**2)
    pixels = max(pairs.high.pixels, key=len)
    while True:
        begin = int(random.integers(len(pixels) - size))
        yield pixels[begin : begin + size].copy()


def decoding_loader(dataset: DecodedPerSample, workers: int) -> Iterable[Any]:
    return DataLoader(dataset, batch_size=BATCH, sampler=count(), num_workers=workers)  # pyright: ignore[reportArgumentType]


def rate(source: Callable[[], Iterable[Any]], batches: int, warm: int = 2) -> float:
    """Patches per CPU-second of this process and its workers, after some that do not count."""
    iterator = iter(source())
    for _ in islice(iterator, warm):
        pass
    began = cpu_seconds()
    for _ in islice(iterator, batches):
        pass
    del iterator  # ends the workers, whose time counts from then on
    return batches * BATCH / (cpu_seconds() - began)


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in used)


def microseconds(function: Callable[[], object], times: int = 500) -> float:
    """CPU time a patch of something that makes a batch."""
    began = time.process_time()
    for _ in range(times):
        function()
    return (time.process_time() - began) / times / BATCH * 1e6


def spent(pairs: Pairs, total: float) -> dict[str, float]:
    """What a patch costs, in microseconds of CPU time."""
    assert isinstance(pairs.low, Images)
    random = np.random.default_rng(0)
    batch = partial(Batches, pairs, seed=0, scale=SCALE, batch_size=BATCH, patch_size=LOW)
    low, high = batch(augmentations=[])[0]
    cut_low, cut_high = Patches(pairs.low), Patches(pairs.high)
    images, corners = random.integers(len(pairs), size=BATCH), random.integers(600, size=(BATCH, 2))

    def cut() -> None:
        cut_low(images, corners, LOW)
        cut_high(images, SCALE * corners, HIGH)

    steps, unflipped = count(), batch(augmentations=[])
    both = microseconds(lambda: unflipped[next(steps)])
    parts = {"cutting": microseconds(cut), "flipping": microseconds(lambda: flips(low, high, random))}
    parts["drawing, and memory that the caches did not hold"] = max(both - parts["cutting"], 0)
    return {**parts, "what is left": max(total - sum(parts.values()), 0)}


def private_mib(process: int | str = "self", kind: str = "Anonymous") -> float:
    """Memory of a process that is no file's; as `Private_Dirty`, that it shares with none."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(kind)) / 2**10


def workers_mib(batches: Batches, before: float) -> float:
    """The memory of this process above `before`, and what two workers and their queues have for themselves."""
    loader = iter(by_step(batches, count(), workers=2))
    for _ in islice(loader, 200):
        pass
    own = sum(private_mib(child.pid or 0, "Private_Dirty") for child in active_children())
    return private_mib() - before + own


def make_images(folder: Path) -> list[Path]:
    """Photographs, enlarged, with a little noise, as PNG."""
    sources = [Image.open(path).convert("RGB") for path in photos(names=["astronaut", "chelsea", "coffee", "rocket"])]
    random = np.random.default_rng(0)
    folder.mkdir()
    for number in range(IMAGES):
        picture = sources[number % len(sources)].resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        noise = random.integers(-3, 4, (HEIGHT, WIDTH, 3))
        noisy = (np.asarray(picture) + noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f"{number:02}.png", compress_level=6)
    return folder_files(folder)


def measured(folder: Path) -> dict[str, Any]:
    """All figures, on images made in `folder`."""
    os.environ["SR_CACHE_ROOT"] = str(folder / "cache")
    files = make_images(folder / "high")
    open_pairs = partial(read_pairs, files, partial(bicubic, scale=SCALE), SCALE)
    decoding = get_context("fork").Process(target=open_pairs)
    decoding.start()
    decoding.join()
    before = private_mib()
    pairs = open_pairs()
    ours = Batches(pairs, seed=0, scale=SCALE, batch_size=BATCH, patch_size=LOW, augmentations=[flips])
    figures: dict[str, Any] = {"ours, 0 workers": rate(lambda: by_step(ours, count(), workers=0), 800)}
    memory = {"private_mib": private_mib() - before, "private_mib_2_workers": workers_mib(ours, before)}
    racing = {
        "ours, 0 workers": lambda: by_step(ours, count(), workers=0),
        "NumPy loop": lambda: numpy_loop(pairs),
        "memory copy": lambda: copies(pairs),
    }
    for name, source in ROUNDS * list(racing.items()):
        figures[name] = max(figures.get(name, 0.0), rate(source, 400))
    figures["ours, 2 workers"] = rate(lambda: by_step(ours, count(), workers=2), 800)
    for path, pair in zip(files, pairs, strict=True):
        write_image(folder / "low" / path.name, pair.low)
    decoded = DecodedPerSample([(folder / "low" / path.name, path) for path in files])
    for workers in (0, 2):
        name = f"decoding each sample, {workers} workers"
        figures[name] = rate(partial(decoding_loader, decoded, workers), 2 + workers, warm=0)
    return {
        "patches_per_cpu_second": figures,
        "microseconds_a_patch": spent(pairs, 1e6 / figures["ours, 0 workers"]),
        **memory,
        "machine": environment({})["machine"],
        "versions": environment({})["versions"],
    }


def misses(result: dict[str, Any]) -> list[str]:
    """The promises that do not hold."""
    figures = result["patches_per_cpu_second"]
    ours = figures["ours, 0 workers"]
    promises = {
        f"{FASTER_THAN_DECODING} times decoding": ours
        >= FASTER_THAN_DECODING * figures["decoding each sample, 0 workers"],
        "ahead of the NumPy loop": ours > figures["NumPy loop"],
        f"at most {PRIVATE_MIB} MiB of private memory": result["private_mib"] <= PRIVATE_MIB,
        f"at most {PRIVATE_MIB} MiB of private memory with 2 workers": result["private_mib_2_workers"] <= PRIVATE_MIB,
    }
    return [promise for promise, holds in promises.items() if not holds]


def show(result: dict[str, Any]) -> None:
    figures = result["patches_per_cpu_second"]
    ours = figures["ours, 0 workers"]
    print(f"{'patches per CPU-second':<34}{'':>12}{'ours is':>12}")
    for title, figure in figures.items():
        print(f"{title:<34}{figure:>12,.1f}{ours / figure:>11.2f}×")
    print(f"{ours / figures['memory copy']:.0%} of the memory copy; a patch costs, in microseconds of CPU time:")
    for part, figure in result["microseconds_a_patch"].items():
        print(f"  {part:<50}{figure:>6.1f}")
    print(
        f"private memory of the loader: {result['private_mib']:.1f} MiB, "
        f"with 2 workers {result['private_mib_2_workers']:.1f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench data", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        result = measured(Path(folder))
    show(result)
    if arguments.json:
        arguments.json.write_text(json.dumps({"benchmark": __doc__, **result}, indent=1) + "\n")
    missed = misses(result)
    sys.exit(f"missed: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
