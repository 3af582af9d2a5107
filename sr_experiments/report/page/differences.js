// Two experiments, image by image.

function scoreOf(experiment) {
  const row = currentBoard().rows.find((each) => each.experiment === experiment);
  return row?.scores[value("metric")] ?? [];
}

function differences() {
  const [a, b] = [scoreOf(Number(value("a"))), scoreOf(Number(value("b")))];
  return currentBoard().images
    .map((image, place) => ({image, a: a[place], b: b[place], gain: a[place] - b[place]}))
    .filter((each) => each.a != null && each.b != null);
}

function verdict(found) {
  const [a, b] = [value("a"), value("b")], [ours, theirs] = [a, b].map((number) => name(number));
  if (a === b) return `A and B are both ${ours}: choose another one above.`;
  if (!found.length) return `${ours} and ${theirs} have measured no image in common here.`;
  const tested = currentBoard().verdicts[value("metric")][`${a}-${b}`];
  if (tested) return `${ours} against ${theirs}: ${tested}.`;
  const mean = found.reduce((sum, each) => sum + each.gain, 0) / found.length;
  return `${ours} against ${theirs}: ${signed(mean)} on ${found.length} images. This pair was not tested; sr-compare --baseline tests every row against one.`;
}

function drawDifferences() {
  const found = differences().sort((one, other) => one.gain - other.gain), metric = value("metric");
  document.getElementById("verdict").textContent = verdict(found);
  const [a, b] = [Number(value("a")), Number(value("b"))], images = found.map((each) => plain(each.image));
  plot("differences-figure", [{
    type: "bar", x: images, y: found.map((each) => each.gain), customdata: found.map((each) => each.image), hovertemplate: "%{x}: %{y:+.4~g}<extra></extra>",
    marker: {color: found.map((each) => color(each.gain < 0 ? b : a))},
  }], {height: 340, xaxis: {type: "category", showticklabels: found.length <= 30}, yaxis: {title: {text: `A − B, ${unit(metric)}`}}});
  const values = found.flatMap((each) => [each.a, each.b]), [low, high] = [Math.min(...values), Math.max(...values)];
  plot("scatter-figure", [
    {x: [low, high], y: [low, high], mode: "lines", line: {color: "rgba(128,128,128,.6)", dash: "dot"}, hoverinfo: "skip"},
    {
      x: found.map((each) => each.b), y: found.map((each) => each.a), text: images, customdata: found.map((each) => each.image), mode: "markers",
      marker: {size: 9, color: found.map((each) => color(each.gain < 0 ? b : a))}, hovertemplate: "<b>%{text}</b><br>A %{y:.4~g}<br>B %{x:.4~g}<extra></extra>",
    },
  ], {height: 340, showlegend: false, xaxis: {title: {text: `B: ${plain(name(b))}, ${unit(metric)}`}}, yaxis: {title: {text: `A: ${plain(name(a))}`}}});
}
