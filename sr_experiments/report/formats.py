"""Leaderboards as tables for machines and papers."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from math import inf, isfinite
from typing import Any

from sr_experiments.report.leaderboard import Leaderboard, Row, finite, sign
from sr_experiments.report.plane import DISTORTION, Plane, Point, planes
from sr_experiments.report.text import cells, difference_text, notes, title

Boards = Sequence[Leaderboard]


def as_records(boards: Boards) -> list[dict[str, Any]]:
    """Every row of every leaderboard with all that is known of it, numbers unrounded, in plain values."""
    return [
        _record(board, row, rank) | _on_planes(found, row)
        for board in boards
        for found in [planes(board, boards)]
        for rank, row in enumerate(board.rows, 1)
    ]


def _on_planes(found: Sequence[Plane], row: Row) -> dict[str, Any]:
    """By each metric of perception: how far its bar reaches, whether the front holds it, whether it learnt by it."""
    values: dict[str, Any] = {}
    for plane in found:
        for place, point in enumerate(plane.points):
            if point.row is row:
                said = {"reach": point.perception.reach, "front": place in plane.front, "learnt": point.learnt}
                values |= {f"{DISTORTION}_reach": point.distortion.reach}
                values |= {f"{plane.metric}_{name}": value for name, value in said.items()}
    return values


def _record(board: Leaderboard, row: Row, rank: int) -> dict[str, Any]:
    found, first = row.difference, board.metrics[0]
    bounds = ("mean", "low", "high", "p")
    return {
        **board.setting,
        "rank": rank,
        "experiment": row.name,
        "seeds": row.seeds(first),
        **{metric: _number(row.means.get(metric)) for metric in board.metrics},
        **{f"{metric}_deviation": row.deviations.get(metric) for metric in board.metrics},
        "metric_compared": first,
        "baseline": board.baseline,
        **{f"difference_{name}": _number(getattr(found, name)) if found else None for name in bounds},
        "difference_shown": found.shown if found else None,
        "difference_speaks_for": found.scope if found else None,
        "difference_images": found.images if found else None,
        "published_psnr": row.published.psnr if row.published else None,
        "published_protocol": row.published.protocol if row.published else None,
        "gap": row.gap,
        "selected_by": row.selected_by,
        **row.costs,
        "latency_conditions": board.conditions,
        "state": row.experiment.state,
        "notes": "; ".join([*row.marks, *row.doubts]),
        "signature": row.experiment.facts["signature"],
    }


def _number(value: float | None) -> float | None:
    """None for what JSON has no number for."""
    return value if value is not None and isfinite(value) else None


def as_json(boards: Boards) -> str:
    """A list with an object for each row."""
    return json.dumps(as_records(boards), indent=1)


def as_csv(boards: Boards) -> str:
    """One table; a column that only some leaderboards have is empty in the others."""
    rows = [{_no_formula(key): _no_formula(value) for key, value in row.items()} for row in as_records(boards)]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def _no_formula(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula, behind an apostrophe (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def as_markdown(boards: Boards) -> str:
    """A heading and a table for each leaderboard."""
    return "\n\n".join(_markdown(board) for board in boards)


def _markdown(board: Leaderboard) -> str:
    header, rows = cells(board)
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *[list(map(_in_markdown, row)) for row in rows]]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([f"### {title(board)}", table, *map(_in_markdown, notes(board))])


def _in_markdown(text: str) -> str:
    for character in "\\|*_<>`[]":
        text = text.replace(character, f"\\{character}")
    return text


def as_latex(boards: Boards) -> str:
    """A `tabular` (booktabs) for each leaderboard, the best value of each metric in bold; its planes (pgfplots)."""
    figures = {_latex_plane(plane): None for board in boards for plane in planes(board, boards)}
    return "\n\n".join([*map(_latex, boards), *figures])


def _latex_plane(plane: Plane) -> str:
    """PSNR to the right, perception upwards, bars of the 95 % intervals, the front dotted, hollow who learnt by it."""
    marks = [
        f"\\addplot[only marks, mark={'o' if point.learnt else '*'}] {BARS} coordinates {{{_place(point)} +- "
        f"{_coordinates(point.distortion.reach or 0, point.perception.reach or 0)}}} "
        f"node[above, font=\\scriptsize] {{{_in_latex(point.called)}}};"
        for point in plane.points
    ]
    front = " ".join(_place(plane.points[place]) for place in plane.front)
    better = "reverse" if plane.better < 0 else "normal"
    return "\n".join(
        [
            "\\begin{tikzpicture}",
            f"\\begin{{axis}}[xlabel={{PSNR (dB)}}, ylabel={{{_in_latex(plane.metric)}}}, y dir={better}]",
            f"\\addplot[dotted, no marks] coordinates {{{front}}};",
            *marks,
            "\\end{axis}",
            "\\end{tikzpicture}",
        ]
    )


BARS = "plot[error bars/.cd, x dir=both, x explicit, y dir=both, y explicit]"


def _place(point: Point) -> str:
    return _coordinates(point.distortion.mean, point.perception.mean)


def _coordinates(x: float, y: float) -> str:
    return f"({x:.4f},{y:.4f})"


def _latex(board: Leaderboard) -> str:
    metrics = [metric.upper().replace("_", "-") for metric in board.metrics]
    header = ["experiment", *metrics, "parameters", "multiply-adds", "training s", f"difference to {board.baseline}"]
    best = {metric: max(_rank(board, row, metric) for row in board.rows) for metric in board.metrics}
    lines = [
        f"% {_in_latex(title(board))}",
        f"\\begin{{tabular}}{{l{'r' * (len(header) - 2)}l}}",
        "\\toprule",
        " & ".join(map(_in_latex, header)) + r" \\",
        "\\midrule",
        *(" & ".join(_latex_row(board, row, best)) + r" \\" for row in board.rows),
        "\\bottomrule",
        "\\end{tabular}",
        *(f"% {_in_latex(note)}" for note in notes(board)),
    ]
    return "\n".join(lines)


def _rank(board: Leaderboard, row: Row, metric: str) -> float:
    return finite(sign(metric, board.rows) * row.means.get(metric, -inf), -inf)


def _latex_row(board: Leaderboard, row: Row, best: dict[str, float]) -> list[str]:
    costs = [row.costs[key] for key in ("parameters", "multiply_adds", "train_seconds")]
    return [
        _in_latex(row.name),
        *(_latex_value(row, metric, _rank(board, row, metric) == best[metric]) for metric in board.metrics),
        *("--" if cost is None else f"{cost:,.0f}" for cost in costs),
        _in_latex(difference_text(row.difference, board.metrics[0])) if row.difference else "--",
    ]


def _latex_value(row: Row, metric: str, best: bool) -> str:
    value, deviation = row.means.get(metric), row.deviations.get(metric)
    if value is None:
        return "--"
    form = ".2f" if metric == "psnr" else ".4f"
    text = f"\\textbf{{{value:{form}}}}" if best else f"{value:{form}}"
    return text if deviation is None else f"{text} $\\pm$ {deviation:{form}}"


LATEX = {"\\": r"\textbackslash{}", "×": r"$\times$", "–": "--", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _in_latex(text: str) -> str:
    return "".join(
        LATEX.get(character, f"\\{character}" if character in "&%$#_{}" else character) for character in text
    )


FORMATS: dict[str, Callable[[Boards], str]] = {
    "csv": as_csv,
    "json": as_json,
    "latex": as_latex,
    "markdown": as_markdown,
}
