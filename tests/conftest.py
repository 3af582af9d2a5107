"""What many tests share: tiny images, composed configs, commands run in this process."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from socket import socket
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
import pytest
from hydra import compose as hydra_compose
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from PIL import Image
from serving import Server

from sr_experiments.config import config_dir, find_plugins, resolve
from sr_experiments.environment import RANKS

SHARED = Path(__file__).resolve().parents[2] / "shared"

find_plugins()  # Hydra looks for them once a process, whichever test is the first


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference data that lies beside the checkout of the project's developers."""
    if not SHARED.is_dir():
        pytest.skip("the developers' reference data (../shared) is not here")
    return SHARED


@pytest.fixture(autouse=True)
def elsewhere(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Every test runs in a folder of its own, without the ranks, the Hydra and the modules of another.

    Decoded images are shared.
    """
    monkeypatch.setenv("SR_CACHE_ROOT", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("SR_DATA_ROOT", raising=False)
    monkeypatch.setenv("SR_MAX_PIXELS", "178956970")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in (*RANKS, "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield
    GlobalHydra.instance().clear()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(f"{tmp_path}{os.sep}"):
            del sys.modules[name]


@pytest.fixture(scope="session")
def compose() -> Callable[..., dict[str, Any]]:
    """Compose and resolve `conf/train.yaml` (or `primary`) under overrides, as a command would."""

    def composed(*overrides: str, primary: str = "train") -> dict[str, Any]:
        GlobalHydra.instance().clear()
        sys.path.insert(0, str(Path(__file__).parents[1] / "sr_experiments" / "sweep"))
        with initialize_config_dir(str(config_dir()), version_base="1.3"):
            return resolve(hydra_compose(primary, list(overrides)))

    return composed


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A smooth random RGB picture with some edges, uint8 `(height, width, 3)`."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 8
    waves = [np.sin(x * a + y * b + c) for a, b, c in random.uniform(0.2, 1.5, (3, 3))]
    steps = (np.stack(waves, -1) > 0.3) * 60
    return (100 + 50 * np.stack(waves[::-1], -1) + steps).clip(0, 255).astype(np.uint8)


SPANDREL = {
    "SPAN": {"num_in_ch": 3, "num_out_ch": 3, "feature_channels": 8, "upscale": 2},
    "SAFMN": {"dim": 8, "n_blocks": 2, "upscaling_factor": 2},
    "ESRGAN": {"num_filters": 8, "num_blocks": 1, "scale": 2},
}


def published(name: str) -> dict[str, Any]:
    """The state dict of a small ×2 network as spandrel has it, with random weights."""
    import torch

    pytest.importorskip("spandrel")
    torch.manual_seed(0)
    architecture = getattr(import_module(f"spandrel.architectures.{name}"), name)
    return architecture(**SPANDREL[name]).state_dict()


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder of small PNG pictures: `pictures("train", 4)`; folders show the same ones but for `first`."""

    def make(name: str, count: int = 3, size: tuple[int, int] = (48, 60), first: int = 0) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for number in range(count):
            Image.fromarray(picture(*size, seed=first + number)).save(folder / f"{name}{number}.png")
        return folder

    return make


@pytest.fixture
def unexported(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without the extra `export`: light networks run in torch, and none is exported first, which takes seconds."""
    monkeypatch.setattr("sr_experiments.inference.backend.NEEDED", ("no_such_package",))


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run one of the package's commands in this process, as a terminal would: `command("train", "seed=1")`."""

    def run(name: str, *arguments: str) -> Done:
        main = import_module(f"sr_experiments.{name}").main
        monkeypatch.setattr(sys, "argv", [f"sr-{name}", *arguments])
        capfd.readouterr()
        try:
            main()
            code: Any = 0
        except SystemExit as error:
            code = error.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
        printed = capfd.readouterr()
        return Done(code or 0, str(printed.out), str(printed.err))

    return run


@pytest.fixture
def forked(command: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Train in forks of this process, `ranks` of them as torchrun starts them; how each ended.

    SIGKILL ends them when batch `after` is done.
    """
    from sr_experiments.callbacks.progress import Progress

    def fork(arguments: Sequence[str], environment: dict[str, str]) -> int:
        if child := os.fork():
            return child
        code = 1
        with suppress(BaseException):
            os.environ.update(environment)
            code = command("train", *arguments).code
        os._exit(code)

    def train(*arguments: str, after: int | None = None, ranks: int = 1) -> list[int]:
        def end(self: Progress, trainer: Any, *_: Any) -> None:
            if trainer.fit_loop.total_batch_idx + 1 == after:
                os.kill(os.getpid(), signal.SIGKILL)

        with monkeypatch.context() as patch:
            if after is not None:
                patch.setattr(Progress, "on_train_batch_end", end)
            together = _together(ranks) if ranks > 1 else [{}]
            children = [fork(arguments, environment) for environment in together]
        return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    return train


def _together(ranks: int) -> list[dict[str, str]]:
    """What torchrun tells each of its processes."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        said = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "TORCHELASTIC_RUN_ID": "test"}
    said |= {"WORLD_SIZE": str(ranks), "LOCAL_WORLD_SIZE": str(ranks), "GROUP_RANK": "0"}
    return [{**said, "RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(ranks)]


@pytest.fixture
def killed(forked: Callable[..., list[int]]) -> Callable[..., None]:
    """Train in a fork of this process that SIGKILL ends when so many batches are done."""

    def train(*arguments: str, after: int) -> None:
        assert forked(*arguments, after=after) == [-signal.SIGKILL]

    return train


@pytest.fixture
def little(pictures: Callable[..., Path]) -> list[str]:
    """Overrides under which a step takes milliseconds: pictures of 48×60, small patches, no benchmark."""
    return [
        "data=folder",
        f"data.train={pictures('train')}",
        f"data.val={pictures('val', 1, first=9)}",
        "data.patch_size=6",
        "data.batch_size=4",
        "trainer.log_every_n_steps=1",
        "benchmark=[]",
    ]


@pytest.fixture
def tiny(little: list[str], pictures: Callable[..., Path]) -> list[str]:
    """Overrides under which a whole run takes a second: four steps, two validations, a benchmark of two pictures."""
    return [
        *little,
        "trainer.max_steps=4",
        "trainer.val_check_interval=2",
        "+benchmark.small={_target_: sr_experiments.data.benchmarks.Benchmark, name: small, scale: '${scale}', "
        f"images: {pictures('test', 2)}, degradation: '${{degradation}}'}}",
        "model.encoder.features=8",
        "output_dir=run",
    ]


@pytest.fixture
def server(tmp_path, monkeypatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "served").mkdir()
    served = Server(tmp_path / "served")
    Thread(target=served.http.serve_forever, daemon=True).start()
    yield served
    served.http.shutdown()
    served.http.server_close()
