// Perception against distortion: what nothing beats in both can only exchange one for the other.

const SYMBOLS = {plain: "circle", sample: "diamond", mean: "square"};

function kindOf(variant) {
  if (!variant.includes("sample")) return "plain";
  return variant.endsWith("_mean") ? "mean" : "sample";
}

function fillPlanes() {
  const planes = page.planes[Number(value("board"))];
  document.getElementById("plane").hidden = !planes.length;
  fill("perception", planes.map((plane) => [plane.metric, plane.judge ? `${plane.metric} (${plane.judge})` : plane.metric]), planes[0]?.metric);
}

function drawPlane() {
  const plane = page.planes[Number(value("board"))].find((each) => each.metric === value("perception"));
  if (!plane) return;
  const points = plane.points.map((point) => ({...point, kind: kindOf(point.variant), label: `${name(point.experiment)}${point.variant === "plain" ? "" : `, ${point.variant}`}`}));
  const at = (some) => ({x: some.map((point) => point.distortion.mean), y: some.map((point) => point.perception.mean)});
  const bars = (axis) => ({type: "data", array: points.map((point) => point[axis].reach ?? 0), color: "rgba(128,128,128,.45)", thickness: 1.2, width: 3});
  const ways = Object.groupBy(points, (point) => point.experiment);
  const joined = Object.entries(ways).filter(([, some]) => some.length > 1).map(([experiment, some]) => ({
    ...at(some.toSorted((one, other) => Object.keys(SYMBOLS).indexOf(one.kind) - Object.keys(SYMBOLS).indexOf(other.kind))),
    mode: "lines", line: {color: color(experiment), width: 1}, hoverinfo: "skip", showlegend: false,
  }));
  plot("plane-figure", [
    {...at(plane.front.map((number) => points[number])), mode: "lines", line: {color: "rgba(128,128,128,.8)", dash: "dot"}, name: "front", hoverinfo: "skip"},
    ...joined,
    {
      ...at(points), mode: "markers+text", name: "experiments", showlegend: false, cliponaxis: false, textposition: "top center",
      text: points.map((point) => (points.length <= 12 || plane.front.includes(points.indexOf(point)) ? plain(point.label) : "")), hovertext: points.map((point) => plain(point.label)),
      marker: {size: 11, line: {width: 2, color: points.map((point) => color(point.experiment))}, color: points.map((point) => color(point.experiment)), symbol: points.map((point) => SYMBOLS[point.kind] + (point.learnt ? "-open" : ""))},
      error_x: bars("distortion"), error_y: bars("perception"),
      hovertemplate: `<b>%{hovertext}</b><br>PSNR %{x:.2f} dB<br>${plain(plane.metric)} %{y:.4~g}<extra></extra>`,
    },
  ], {
    height: 480, margin: {l: 60, r: 60, t: 40, b: 45}, xaxis: {title: {text: "PSNR (dB), more is nearer to the original"}},
    yaxis: {title: {text: `${plain(plane.metric)}, ${plane.better > 0 ? "more" : "less"} looks more like one`}, autorange: plane.better > 0 ? true : "reversed"},
  });
  const told = [
    "Up and right is better; what the dotted front joins is beaten by nothing in both (Blau and Michaeli, 2018). Bars reach as far as the 95 % interval of the difference to the baseline, for other images and, with several seeds, other trainings.",
    points.some((point) => point.learnt) ? "Hollow: its loss looks through the network that judges here, which flatters it." : "",
    joined.length ? "A network that draws is joined from its plain result (circle) over a sample (diamond) to the mean of samples (square)." : "",
  ];
  document.getElementById("plane-note").textContent = told.filter(Boolean).join(" ");
}
