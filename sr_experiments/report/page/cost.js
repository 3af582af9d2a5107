// Score over cost: experiments, the front among them, and what papers print.

const COSTS = {parameters: "parameters", multiply_adds: "multiply-adds (1280×720 output)", latency_ms: "latency (ms)", train_seconds: "training time (s)"};

function drawCost() {
  const board = currentBoard(), metric = value("metric"), cost = value("cost");
  const rows = board.rows.filter((row) => row.costs[cost] > 0 && row.means[metric] != null);
  const free = board.rows.filter((row) => row.costs[cost] === 0 && row.means[metric] != null);
  const byNumber = new Map(rows.map((row) => [row.experiment, row]));
  const front = board.fronts[metric][cost].map((experiment) => byNumber.get(experiment));
  const points = (some) => ({x: some.map((row) => row.costs[cost]), y: some.map((row) => row.means[metric])});
  const traces = [
    {...points(front), mode: "lines", line: {shape: "hv", color: "rgba(128,128,128,.7)", dash: "dot"}, name: "Pareto front", hoverinfo: "skip"},
    {
      ...points(rows), mode: "markers+text", name: "experiments", showlegend: false, textposition: "top center", cliponaxis: false,
      text: rows.map((row) => (rows.length <= 12 || front.includes(row) ? plain(name(row.experiment)) : "")), hovertext: rows.map((row) => plain(name(row.experiment))),
      marker: {size: 11, color: rows.map((row) => color(row.experiment))},
      error_y: {type: "data", array: rows.map((row) => row.deviations[metric] ?? 0), color: GREY.replace(".22", ".8"), thickness: 1.5},
      hovertemplate: `<b>%{hovertext}</b><br>${plain(metric)} %{y}<br>${COSTS[cost]} %{x:,.4~g}<extra></extra>`,
    },
  ];
  const papers = value("literature") ? board.published.filter((paper) => paper[cost] > 0 && paper[metric] != null) : [];
  if (papers.length) traces.unshift({
    x: papers.map((paper) => paper[cost]), y: papers.map((paper) => paper[metric]), text: papers.map((paper) => plain(paper.name)),
    mode: "markers", name: "published", marker: {size: 8, color: "rgba(128,128,128,.55)"},
    hovertemplate: `<b>%{text}</b><br>published ${plain(metric)} %{y}<br>${COSTS[cost]} %{x:,.4~g}<extra></extra>`,
  });
  const lines = free.map((row) => ({type: "line", xref: "paper", x0: 0, x1: 1, y0: row.means[metric], y1: row.means[metric], line: {color: color(row.experiment), dash: "dash", width: 1}}));
  const labels = free.map((row) => ({xref: "paper", x: 1, xanchor: "right", yanchor: "bottom", y: row.means[metric], text: plain(name(row.experiment)), showarrow: false}));
  const drawn = [...rows.map((row) => row.costs[cost]), ...papers.map((paper) => paper[cost])], span = Math.max(...drawn) / Math.min(...drawn);
  const ticks = span > 1 && span < 10 ? {nticks: 8} : {dtick: span < 1000 ? "D2" : 1};
  plot("cost-figure", traces, {
    height: 440, shapes: lines, annotations: labels,
    xaxis: {type: "log", title: {text: COSTS[cost]}, tickformat: "~s", ...ticks}, yaxis: {title: {text: unit(metric)}},
  });
  const missing = board.rows.length - rows.length - free.length;
  document.getElementById("cost-note").textContent = missing
    ? `${missing} of ${board.rows.length} experiments have no ${COSTS[cost]} in their records${cost === "latency_ms" ? "; sr-profile run=RUN adds it" : ""}.`
    : "Whoever is on the dotted line is beaten by nobody at its cost. Bars are deviations over seeds.";
}
