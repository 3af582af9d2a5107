"""sr-evaluate: measure networks on benchmarks, keep the scores with their runs."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from sr_experiments import record
from sr_experiments.composing.errors import refusing
from sr_experiments.config import Config, command, group_choices, read_settings, resolve, runtime_choices
from sr_experiments.trained import run_folder, ships

OF_A_RUN = re.compile(r"[+~]*(?!model/features@)(model|weights|color)\b")
SCALE = re.compile(r"[+]*scale=")


@command("evaluate")
def main(composed: DictConfig) -> None:
    """Measure what the config describes: the networks of runs, or one that is no run."""
    overrides = HydraConfig.get().overrides.task
    with refusing():
        given = read_settings(composed)
        runs = given_runs(given["run"], overrides)
        if given["output_dir"] and len(runs) > 1:
            raise ValueError(f"output_dir takes the scores of one run, not of {len(runs)}: leave it out")
        from sr_experiments.measuring.evaluation import Evaluation
        from sr_experiments.measuring.subject import from_model, from_run

        scale = given["scale"] if any(SCALE.match(override) for override in overrides) else None
        trust, problems = given["trust"], list[str]()

        @cache
        def config_at(scale: float) -> Config:
            return _at_scale(composed, scale)

        @cache
        def evaluation_at(scale: float) -> Evaluation:
            return Evaluation(config_at(scale))

        for run in runs or [None]:
            try:
                subject = (
                    from_run(run, scale, trust=trust)
                    if run
                    else from_model(config_at(given["scale"]), group_choices(runtime_choices()))
                )
                own_scale = subject.network.scale
                if scale not in (None, own_scale):
                    raise ValueError(f"{subject.name} makes scale={own_scale} alone, leave out scale={scale}")
                folder = given["output_dir"] or (run if run and not ships(run) else None)
                problems += evaluation_at(own_scale).report(subject, Path(folder) if folder else None, trust=trust)
            except (ValueError, OSError) as error:
                problems.append(str(error))
            except KeyboardInterrupt:
                raise SystemExit("interrupted; what was measured before is kept") from None
        if problems:
            raise ValueError("\n".join(dict.fromkeys(problems)))


def given_runs(given: str | Sequence[str] | None, overrides: Sequence[str]) -> list[Path]:
    """The run directories and networks that ship that `run=` names; a folder stands for those in it with weights."""
    if given is None:
        return []
    clashing = [override for override in overrides if OF_A_RUN.match(override)]
    if clashing:
        raise ValueError(f"run=… brings its own model, weights and color: leave out {' '.join(clashing)}")
    places = [given] if isinstance(given, str) else given
    return [run for place in places for run in _runs(place)]


def _runs(given: str) -> list[Path]:
    try:
        place = run_folder(given)
    except ValueError as error:
        raise ValueError(f"run={error}") from None
    if (place / "run.json").is_file():
        return [place]
    found = record.find_runs([place])
    trained = [run for run in found if (run / "weights.safetensors").is_file()]
    if not trained:
        raise ValueError(
            f"run={place}: expected a run directory, or a folder of runs that have weights.safetensors; found "
            f"{len(found)} run(s), none with weights"
        )
    if len(trained) < len(found):
        print(f"{place}: {len(found) - len(trained)} of {len(found)} runs have no weights and are left out")
    return trained


def _at_scale(composed: DictConfig, scale: float) -> Config:
    config = composed.copy()
    config.scale = scale
    return resolve(config)


if __name__ == "__main__":
    main()
