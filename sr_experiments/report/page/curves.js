// Curves of the ticked and the unfinished experiments.

// An exponential moving average that does not lean to where it begins.
function smoothed(values, weight) {
  let sum = 0, weights = 0;
  return values.map((value) => {
    sum = weight * sum + value;
    weights = weight * weights + 1;
    return sum / weights;
  });
}

function drawnInCurves() {
  const measured = new Set(page.boards.flatMap((board) => board.rows.map((row) => row.experiment)));
  const others = page.experiments.map((_, number) => number).filter((number) => !measured.has(number));
  return [...(page.boards.length ? ticked() : []), ...others];
}

function drawCurves() {
  const curve = value("curve"), time = value("time"), weight = Number(value("smoothing"));
  const traces = drawnInCurves().flatMap((experiment) => {
    const line = page.curves[experiment][curve];
    if (!line) return [];
    const x = line[time], [mean, low, high] = [line.mean, line.low, line.high].map((values) => smoothed(values, weight));
    return banded(x, [mean, low, high], {name: name(experiment), color: color(experiment), mode: x.length > 1 ? "lines" : "markers", hovertemplate: "%{y:.4~g}"});
  });
  plot("curves-figure", traces, {
    height: 440, hovermode: "x unified", showlegend: true,
    xaxis: {title: {text: time === "step" ? "optimizer step" : "training seconds, mean over seeds"}},
    yaxis: {title: {text: curve === "val/psnr" ? "validation PSNR (dB)" : plain(curve)}, type: curve.endsWith("loss") || curve.endsWith("lr") ? "log" : "linear"},
  });
}
