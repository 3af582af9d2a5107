"""Curves over seeds."""

from sr_experiments.report import curves
from sr_experiments.report.curves import lines, thin
from sr_experiments.report.runs import Experiment, Run
from sr_experiments.tables import CURVE_COLUMNS


def run(*points):
    rows: list[dict[str, str]] = [dict(zip(CURVE_COLUMNS, map(str, point), strict=True)) for point in points]
    found = Run(None, {}, [])  # pyright: ignore[reportArgumentType]
    found.curves = rows
    return found


def test_the_mean_and_the_band_of_what_is_there():
    """The second seed diverged after its first point; NaN and a line cut short are no points."""
    first = run((10, 1, "val/psnr", 30.0), (20, 2, "val/psnr", 32.0), (20, 2, "val/psnr", "nan"))
    second = run((10, 3, "val/psnr", 31.0), ("", 2, "val/psnr", 1.0), (20, 2, "val/psnr", "3e"))
    line = lines(Experiment("x", [first, second]))["val/psnr"]
    assert line == ([10, 20], [2.0, 2.0], [30.5, 32.0], [30.0, 32.0], [31.0, 32.0])


def test_long_curves_keep_their_ends():
    steps = thin(range(10_001))
    assert (len(steps), steps[0], steps[-1]) == (curves.POINTS, 0, 10_000)
    assert thin([1, 2]) == [1, 2]
