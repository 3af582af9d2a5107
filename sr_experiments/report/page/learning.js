// What experiments that learnt from different images say: score over images, and the gap between both sets over steps.

function drawLearning() {
  const found = page.learning[Number(value("board"))], metric = currentBoard().metrics[0];
  const entries = Object.entries(found?.lines ?? {});
  document.getElementById("learning-curves").hidden = !entries.length;
  if (entries.length) {
    const traces = entries.flatMap(([label, points], number) => {
      const of = (key) => points.map((point) => point[key]), ink = page.palette[number % page.palette.length];
      return banded(of("images"), [of("mean"), of("low"), of("high")], {name: label, color: ink, hovertemplate: "%{x}: %{y:.2f}"});
    });
    const places = [...new Set(entries.flatMap(([, points]) => points.map((point) => point.images)))].sort((a, b) => a - b);
    plot("learning-figure", traces, {
      height: 420, showlegend: true,
      xaxis: {type: "log", title: {text: found.axis}, ...ticksAt(places)},
      yaxis: {title: {text: found.baseline ? `${unit(metric)}, difference to ${plain(found.baseline)}` : unit(metric)}},
    });
  }
  drawGap();
}

function drawGap() {
  const lines = page.curves.map((curves) => curves.gap);
  document.getElementById("gap").hidden = !lines.some(Boolean);
  const traces = lines.flatMap((line, experiment) => line
    ? banded(line.step, [line.mean, line.low, line.high], {name: name(experiment), color: color(experiment), hovertemplate: "%{y:.2f}"}) : []);
  if (traces.length) plot("gap-figure", traces, {
    height: 440, showlegend: true, xaxis: {title: {text: "optimizer step"}}, yaxis: {title: {text: "gap (dB)"}, zeroline: true},
  });
}
