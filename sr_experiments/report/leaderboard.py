"""Leaderboards: which experiment is better, and by how much."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import inf, isfinite
from statistics import fmean, stdev
from typing import Any, NamedTuple

from sr_experiments import record, tables
from sr_experiments.report.common_images import Values, missing_images, on_common_images
from sr_experiments.report.costs import costs, usual_conditions
from sr_experiments.report.differing import differing_settings
from sr_experiments.report.published import PublishedScore, published_comparison
from sr_experiments.report.runs import Experiment
from sr_experiments.report.statistics import Difference, correct, difference

SETTING = tables.WAY
FALLBACK = "bicubic"
LOWER_IS_BETTER = ("lpips", "dists", "niqe", "sam", "ergas", "nrmse", "flicker")


class Row(NamedTuple):
    """One experiment's place: means over seeds of the means over images, and the `values` that they are made of.

    Both are of the images that all rows have.

    `difference` is that to the baseline, its p-value corrected for the other rows. `marks` say why the published score
    is another measurement, `doubts` why the row is no fair one.
    """

    experiment: Experiment
    values: Values
    means: dict[str, float]
    deviations: dict[str, float | None]
    difference: Difference | None
    uncorrected: Difference | None
    published: PublishedScore | None
    marks: list[str]
    doubts: list[str]
    costs: dict[str, float | None]

    @property
    def name(self) -> str:
        """What the experiment is called."""
        return self.experiment.name

    @property
    def gap(self) -> float | None:
        """How much further above bicubic the training images were than validation's, in dB; the mean over seeds."""
        chosen = [run.record.get("validation") or {} for run in self.experiment.finished]
        found = [validation["gap"] for validation in chosen if "gap" in validation]
        return fmean(found) if found else None

    @property
    def selected_by(self) -> str | None:
        """The validation metric that chose the weights; None of what does not learn."""
        facts = self.experiment.facts
        return record.selection(facts)[0] if facts.get("validation") and self.costs["parameters"] else None

    def seeds(self, metric: str) -> int:
        """How many runs measured a metric."""
        return len(self.values.get(metric, {}))


class Leaderboard(NamedTuple):
    """Experiments measured in the same way, best first by the first metric, in which they are compared.

    `differing` says what tells the way from others of the same names.
    """

    setting: dict[str, str]
    metrics: list[str]
    baseline: str | None
    rows: list[Row]
    conditions: str | None
    differing: str = ""


def leaderboards(
    experiments: Sequence[Experiment], baseline: str | None = None, by: str | None = None
) -> list[Leaderboard]:
    """A leaderboard for each way in which anything was measured; ways are never mixed.

    Rows are compared with `baseline`, the name of an experiment or its first words, as `espcn head=sub_pixel` at every
    scale; else with bicubic interpolation, or, where there is none, with the best row. `by` is the metric that counts,
    where it was measured; else the first does.
    """
    known = {experiment.name: experiment for experiment in experiments}
    boards = [
        _leaderboard(dict(zip(SETTING, setting, strict=True)), names, known, baseline, by)
        for setting, names in sorted(_values(experiments).items())
    ]
    return _with_differences(boards)


def _values(experiments: Sequence[Experiment]) -> dict[tuple[str, ...], dict[str, Values]]:
    """What was measured in each way, by experiment; of an image of which several samples were drawn, their mean.

    Samples are nested in images: what they scatter is part of what images scatter.
    """
    samples: defaultdict[tuple[Any, ...], list[float]] = defaultdict(list)
    for experiment in experiments:
        for run in experiment.finished:
            for score in run.scores:
                way = tuple(score[key] for key in SETTING)
                place = way, experiment.name, score["metric"], run.record["seed"], score["image"]
                samples[place].append(float(score["value"]))
    measured = _tree()
    for (way, name, metric, seed, image), values in samples.items():
        measured[way][name][metric][seed][image] = fmean(values)
    return measured


def _tree() -> defaultdict[Any, Any]:
    """Dictionaries in dictionaries, each there once something is put into it."""
    return defaultdict(_tree)


def _with_differences(boards: Sequence[Leaderboard]) -> list[Leaderboard]:
    alike: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}
    for board in boards:
        ways = [settings_of_way(row.experiment, board.setting) for row in board.rows]
        alike.setdefault(_names(board), {})[board.setting["key"]] = next(filter(None, ways), {})
    texts = {names: differing_settings(ways) for names, ways in alike.items()}
    return [board._replace(differing=texts[_names(board)][board.setting["key"]]) for board in boards]


def _names(board: Leaderboard) -> tuple[str, ...]:
    return tuple(value for name, value in board.setting.items() if name != "key")


def _leaderboard(
    setting: dict[str, str],
    measured: dict[str, Values],
    known: dict[str, Experiment],
    baseline: str | None,
    by: str | None,
) -> Leaderboard:
    every = dict.fromkeys(metric for values in measured.values() for metric in values)
    metrics = sorted(every, key=lambda metric: metric != by)
    first = metrics[0]
    conditions = usual_conditions(known[name] for name in measured)
    count = _count(setting, measured, known)
    common = on_common_images(measured)
    rows = [_row(known[name], common[name], setting, conditions, count) for name in measured]
    rows = [row._replace(doubts=[*missing_images(measured[row.name], count), *row.doubts]) for row in rows]
    direction = sign(first, rows)
    rows.sort(key=lambda row: -finite(direction * row.means.get(first, -inf), -inf))
    reference = _named(rows, baseline) or (None if baseline else _named(rows, FALLBACK) or rows[0])
    if reference:
        others = [row for row in rows if row is not reference]
        found = {row.name: found for row in others if (found := row_difference(row, reference, first))}
        sure = dict(zip(found, correct(list(found.values())), strict=True))
        rows = [row._replace(difference=sure.get(row.name), uncorrected=found.get(row.name)) for row in rows]
    return Leaderboard(setting, metrics, reference and reference.name, rows, conditions)


def _count(setting: dict[str, str], measured: dict[str, Values], known: dict[str, Experiment]) -> int:
    """How many images a benchmark has: as the records say, or as many as were scored in any run."""
    runs = [images for values in measured.values() for seeds in values.values() for images in seeds.values()]
    seen = {image for images in runs for image in images} - {tables.SET}
    counts = [settings_of_way(known[name], setting).get("images") for name in measured]
    said = [images.get("count") for images in counts if isinstance(images, dict)]
    return max([len(seen), *(count for count in said if isinstance(count, int))])


def settings_of_way(experiment: Experiment, setting: dict[str, str]) -> dict[str, Any]:
    """The settings that a row's key stands for, empty where no record says them."""
    ways = ((run.record.get("ways") or {}).get(setting["key"]) for run in experiment.finished)
    return next((way for way in ways if way), {})


def _named(rows: Sequence[Row], name: str | None) -> Row | None:
    exact = (row for row in rows if row.name == name)
    return next(exact, next((row for row in rows if begins_with(row.name, name)), None))


def begins_with(name: str, words: str | None) -> bool:
    """Whether these are the first words of a name, or all of them."""
    return f"{name} ".startswith(f"{words} ")


def row_difference(ours: Row, theirs: Row, metric: str) -> Difference | None:
    """The difference of two rows in a metric, None where they have no image in common."""
    trained = ours.costs["parameters"] != 0, theirs.costs["parameters"] != 0
    try:
        return difference(ours.values.get(metric, {}), theirs.values.get(metric, {}), trained)
    except ValueError:
        return None


def _row(experiment: Experiment, values: Values, setting: dict[str, str], conditions: str | None, count: int) -> Row:
    means = {metric: [fmean(images.values()) for images in seeds.values()] for metric, seeds in values.items()}
    whole = all(len(images) == count for images in values.get("psnr", {}).values())
    way = settings_of_way(experiment, setting)
    score, marks = (whole and published_comparison(experiment.finished[0].record, setting, way, count)) or (None, [])
    return Row(
        experiment=experiment,
        values=values,
        means={metric: fmean(over_seeds) for metric, over_seeds in means.items()},
        deviations={metric: _deviation(each) for metric, each in means.items()},
        difference=None,
        uncorrected=None,
        published=score,
        marks=marks,
        doubts=_doubts(experiment, setting["benchmark"]),
        costs=costs(experiment, conditions),
    )


def _deviation(over_seeds: Sequence[float]) -> float | None:
    return stdev(over_seeds) if len(over_seeds) > 1 and all(map(isfinite, over_seeds)) else None


def _doubts(experiment: Experiment, benchmark: str) -> list[str]:
    """What makes a row less than a fair repeat: selection that saw the benchmark, code that changed in between."""
    saw = any(benchmark in (run.record.get("selection_saw") or []) for run in experiment.finished)
    codes = {run.record.get("code") for run in experiment.finished}
    return [f"its selection saw {benchmark}"] * saw + ["its runs were made by different code"] * (len(codes) > 1)


def sign(metric: str, rows: Iterable[Row]) -> int:
    """1 where more of a metric is better, −1 where less is: as the rows' records say, or by its name."""
    records = (run.record for row in rows for run in row.experiment.finished)
    said = ((facts.get("higher_is_better") or {}).get(metric) for facts in records)
    return 1 if next((better for better in said if better is not None), metric not in LOWER_IS_BETTER) else -1


def finite(value: float | None, otherwise: float) -> float:
    """A number that can be ranked."""
    return value if value is not None and isfinite(value) else otherwise
