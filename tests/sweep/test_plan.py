"""What a composed config asks for."""

import zipfile
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import ConfigCompositionException
from hydra.types import RunMode
from omegaconf import DictConfig, open_dict

from sr_experiments.config import config_dir
from sr_experiments.sweep.plan import Planner, plan_job

JOBS = [  # values after the choices and before, what adds, deletes and merges, and another job's leavings
    ["seed=1", "model=fsrcnn", "optimizer.lr=0.5", "data.workers=1", "data={workers: 2, store: device}"],
    ["model=fsrcnn", "data={workers: 2}", "data.workers=1", "+model.note=added", "~data.val", "budget.seconds=null"],
    ["callbacks=[default,ema]", "~loss", "+degradation@second=bicubic", "++second.scale=7", "color=y"],
]


@pytest.fixture
def planner():
    """Of the command `sr-train -m name=test`."""
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield Planner(loader, loader.load_configuration("train", ["name=test"], RunMode.MULTIRUN))


def whole(planner: Planner, overrides: list[str]):
    """The job that composing all of its overrides together makes."""
    composed = planner.loader.load_sweep_config(planner.config, overrides)
    choices = composed.hydra.runtime.choices
    with open_dict(composed):
        del composed["hydra"]
    return plan_job(composed, choices, Path(planner.config.hydra.sweep.dir))


@pytest.mark.slow
def test_a_job_is_what_composing_it_whole_makes(planner):
    for overrides in JOBS:
        assert planner(overrides) == whole(planner, overrides)
    assert planner.compose.cache_info().hits == 1


@pytest.mark.slow
def test_what_does_not_compose_is_refused_as_composing_refuses_it(planner):
    for overrides in (["optimiser.lr=1"], ["model=espcm"], ["seed=1,2"], ["~nothing"]):
        with pytest.raises(ConfigCompositionException) as refused:
            planner(overrides)
        with pytest.raises(ConfigCompositionException) as expected:
            planner.loader.load_sweep_config(planner.config, overrides)
        assert str(refused.value) == str(expected.value)


@pytest.mark.slow
def test_a_run_has_one_signature_wherever_it_is_started(compose, pictures, tmp_path, monkeypatch):
    """Sources, an archive among them, starting weights and a criterion's teacher are named from the working folder."""
    pictures("high", 2)
    pictures("low", 2, size=(16, 20))
    (tmp_path / "teacher.pt").write_text("weights")
    with zipfile.ZipFile(tmp_path / "val.zip", "w") as archive:
        archive.write(tmp_path / "high" / "high0.png", "high0.png")

    def signature(above: str) -> str:
        places = {"train": "high", "train_low": "low", "val": "val.zip", "val_low": "null"}
        data = [f"data.{key}={above}{place}".replace(f"{above}null", "null") for key, place in places.items()]
        files = [f"weights={above}teacher.pt", f"+loss.mse.criterion.teacher={above}teacher.pt"]
        files += ["+loss.mse.criterion.other='~nobody_of_that_name/teacher.pt'"]
        return plan_job(DictConfig(compose("data=paired", *data, *files)), {}, tmp_path).signature

    here = signature("")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir("below")
    assert signature("../") == signature(f"{tmp_path}/") == here
    (tmp_path / "teacher.pt").write_text("others")
    assert signature("../") != here


def test_a_command_composes_once_and_hydra_mode_still_counts(command, monkeypatch):
    calls = []
    composing = Hydra.compose_config

    def counted(self, *arguments, **named):
        calls.append(named)
        return composing(self, *arguments, **named)

    monkeypatch.setattr(Hydra, "compose_config", counted)
    done = command("train", "hydra.mode=MULTIRUN", "hydra/launcher=plan", "seed=1,2")
    assert done.code == 0 and "2 to run" in done.out and len(calls) == 1
