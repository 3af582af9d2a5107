"""What a training patch takes: this loader beside decoding each sample, a NumPy loop and a plain memory copy."""

import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count, islice
from multiprocessing import active_children, get_context
from operator import truediv
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _rounds import Figure, figure, finish, options
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

ROUNDS = 5  # in which those that race take turns
IMAGES, WIDTH, HEIGHT = 24, 2000, 1400
SCALE, LOW, BATCH = 2, 48, 16
HIGH = SCALE * LOW
PRIVATE_MIB = 64


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


def microseconds_of(source: Iterable[Any], batches: int, warm: int = 2) -> float:
    """CPU time a patch, of this process and its workers, after some that do not count."""
    iterator = iter(source)
    for _ in islice(iterator, warm):
        pass
    began = cpu_seconds()
    for _ in islice(iterator, batches):
        pass
    del iterator  # ends the workers, whose time counts from then on
    return (cpu_seconds() - began) / batches / BATCH * 1e6


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in used)


def microseconds(function: Callable[[], object], times: int = 500) -> float:
    """CPU time a patch of something that makes a batch."""
    began = time.process_time()
    for _ in range(times):
        function()
    return (time.process_time() - began) / times / BATCH * 1e6


def parts(pairs: Pairs) -> dict[str, float]:
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
    cutting, both = microseconds(cut), microseconds(lambda: unflipped[next(steps)])
    return {
        "cutting": cutting,
        "flipping": microseconds(lambda: flips(low, high, random)),
        "drawing, and memory that the caches did not hold": max(both - cutting, 0),
    }


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


def measured(folder: Path) -> list[Figure]:
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
    microseconds_of(by_step(ours, count(), workers=0), 800)
    memory = {"": private_mib() - before, ", two workers": workers_mib(ours, before)}
    racing = {
        "ours": lambda: by_step(ours, count(), workers=0),
        "a NumPy loop": lambda: numpy_loop(pairs),
        "a memory copy": lambda: copies(pairs),
    }
    race = [{name: microseconds_of(source(), 400) for name, source in racing.items()} for _ in range(ROUNDS)]
    taken = {name: [each[name] for each in race] for name in racing}
    taken["ours, two workers"] = [microseconds_of(by_step(ours, count(), workers=2), 800)]
    decoding_one = decoding_each(folder, files, pairs)
    of_decoding = [1e3 * own / decoding_one for own in taken["ours"]]
    taken["decoding each sample"] = [decoding_one]
    return [
        figure("ours, of a NumPy loop's", map(truediv, taken["ours"], taken["a NumPy loop"]), promised=1),
        figure("ours, of a thousandth of decoding each sample's", of_decoding, promised=1),
        *[figure(f"{name}: a patch, CPU", rounds, "µs") for name, rounds in taken.items()],
        *[figure(f"of ours {name}", [value], "µs") for name, value in parts(pairs).items()],
        *[figure(f"private memory{name}", [value], "MiB", PRIVATE_MIB) for name, value in memory.items()],
    ]


def decoding_each(folder: Path, files: Sequence[Path], pairs: Pairs) -> float:
    """What a patch takes where each is cut from two images that are decoded for it."""
    for path, pair in zip(files, pairs, strict=True):
        write_image(folder / "low" / path.name, pair.low)
    dataset = DecodedPerSample([(folder / "low" / path.name, path) for path in files])
    return microseconds_of(DataLoader(dataset, batch_size=BATCH, sampler=count()), 2, warm=0)  # pyright: ignore[reportArgumentType]


def main() -> None:
    arguments = options("data", __doc__).parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder))
    finish(__doc__, figures, arguments.json)


if __name__ == "__main__":
    main()
