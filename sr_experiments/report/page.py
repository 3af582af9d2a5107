"""The comparison page: one HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader

from sr_experiments.report.leaderboard import Leaderboard, cells, notes, pictures, title
from sr_experiments.report.runs import Experiment


def write_page(
    path: Path, experiments: Sequence[Experiment], boards: Sequence[Leaderboard], problems: Sequence[str]
) -> None:
    """Write leaderboards, validation curves and the same crops of every experiment into one file."""
    environment = Environment(loader=PackageLoader("sr_experiments.report", "page"), autoescape=True)
    environment.filters["inline"] = _inline
    html = environment.get_template("page.html.j2").render(
        boards=[(title(board), *cells(board), notes(board)) for board in boards],
        curves=_curves(experiments),
        pictures=pictures(experiments),
        unfinished=[
            (experiment.name, run)
            for experiment in experiments
            for run in experiment.runs
            if run.record["status"] != "finished"
        ],
        problems=problems,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")


def _inline(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def _curves(experiments: Sequence[Experiment]) -> str:
    """Validation PSNR over optimizer steps, a line per run and a color per experiment, with Plotly inside."""
    from plotly import colors
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    for number, experiment in enumerate(experiments):
        for run in experiment.runs:
            rows = [row for row in run.curves if row["name"] == "val/psnr"]
            if rows:
                line = Scatter(
                    x=[int(row["step"]) for row in rows],
                    y=[float(row["value"]) for row in rows],
                    name=experiment.name,
                    legendgroup=experiment.name,
                    showlegend=run is experiment.runs[0],
                    line={"color": colors.qualitative.Plotly[number % 10]},
                    hovertemplate=f"seed {run.record['seed']}: %{{y:.2f}} dB at step %{{x}}",
                )
                figure.add_trace(line)
    if not figure.data:
        return ""
    figure.update_layout(
        xaxis_title="optimizer step",
        yaxis_title="validation PSNR (dB)",
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(128,128,128,0.08)",
        font_color="#888",
        legend={"orientation": "h", "y": 1.12},
    )
    config = {"showSendToCloud": False, "displaylogo": False, "responsive": True}
    return figure.to_html(full_html=False, include_plotlyjs=True, config=config, default_height="420px")
