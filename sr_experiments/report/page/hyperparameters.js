// What settings are worth: every setting that differs, two of them together, and which ones matter.

const short = (key) => key.split(/[./]/).at(-1);

// A setting as an axis: numbers that span a decade count in decades, words in their order.
function axisOf(column) {
  const known = column.filter((each) => each != null);
  if (known.every((each) => typeof each === "number")) {
    const log = Math.min(...known) > 0 && Math.max(...known) >= 10 * Math.min(...known);
    return {values: column, type: log ? "log" : "linear", places: [...new Set(known)].sort((a, b) => a - b)};
  }
  return {values: column.map((each) => (each == null ? null : plain(each))), type: "category", places: [...new Set(known.map(plain))].sort()};
}

// A few values stand at the axis themselves.
function ticksAt(places) {
  return places.length <= 6 ? {tickvals: places, ticktext: places.map(String)} : {};
}

function dimension(key, column) {
  const axis = axisOf(column), label = plain(short(key));
  const place = {log: Math.log10, linear: (each) => each, category: (each) => axis.places.indexOf(each)}[axis.type];
  const ticks = axis.places.length <= 8 ? axis.places : undefined;
  return {label, values: axis.values.map((each) => (each == null ? NaN : place(each))), tickvals: ticks?.map(place), ticktext: ticks?.map(String)};
}

// What learns; a baseline that only interpolates has no settings.
function learners() {
  const {settings, rows} = currentBoard();
  return settings.rows.map((place) => rows[place]);
}

function drawSettings() {
  const {settings} = currentBoard(), rows = learners(), keys = Object.keys(settings.table), scores = rows.map((row) => row.means[value("metric")]);
  document.getElementById("settings-body").hidden = !keys.length || rows.length < 2;
  document.getElementById("settings-note").textContent = keys.length && rows.length > 1
    ? `${rows.length} experiments differ in ${keys.join(", ")}.` : "No setting differs between the experiments here.";
  if (!keys.length || rows.length < 2) return;
  const colors = {color: scores, colorscale: SCALE, showscale: true};
  const columns = keys.map((key) => dimension(key, settings.table[key]));
  plot("parallel-figure", [{
    type: "parcoords", line: {...colors, colorbar: {title: {text: unit(value("metric"))}, thickness: 12}}, labelfont: {size: 13},
    dimensions: [...columns, {label: plain(value("metric")), values: scores}],
  }], {height: 360, margin: {l: 100, r: 20, t: 50, b: 20}});
  drawSlices(keys, settings.table, scores);
  drawImportance(settings);
  drawContour(settings.table, scores);
}

function drawSlices(keys, table, scores) {
  const across = Math.max(1, Math.min(keys.length, innerWidth < 760 ? 2 : 4)), down = Math.ceil(keys.length / across), axes = {};
  const traces = keys.map((key, number) => {
    const {values, type, places} = axisOf(table[key]), suffix = number ? number + 1 : "";
    axes[`xaxis${suffix}`] = {type, title: {text: plain(short(key))}, ...ticksAt(places)};
    axes[`yaxis${suffix}`] = {showticklabels: number % across === 0, matches: number ? "y" : undefined};
    return {
      x: values, y: scores, xaxis: `x${suffix}`, yaxis: `y${suffix}`, mode: "markers", showlegend: false,
      text: learners().map((row) => plain(name(row.experiment))), hovertemplate: "<b>%{text}</b><br>%{x}: %{y}<extra></extra>",
      marker: {size: 8, color: scores, colorscale: SCALE, line: {width: 1, color: GREY}},
    };
  });
  axes.yaxis.title = {text: unit(value("metric"))};
  plot("slices-figure", traces, {height: 240 * down + 40, grid: {rows: down, columns: across, pattern: "independent", xgap: .08, ygap: .3}, ...axes});
}

function drawImportance({importance, table, enough}) {
  const found = Object.entries(importance[value("metric")]).reverse(), count = learners().length;
  document.getElementById("importance-figure").parentNode.hidden = !found.length;
  if (found.length) plot("importance-figure", [{
    type: "bar", orientation: "h", x: found.map(([, share]) => share), y: found.map(([key]) => plain(key)), hovertemplate: "%{y}: %{x:.0%}<extra></extra>", marker: {color: "#4e79a7"},
  }], {height: 90 + 34 * Math.max(found.length, 2), xaxis: {tickformat: ".0%", range: [0, 1]}, yaxis: {type: "category"}});
  document.getElementById("importance-note").textContent = !found.length
    ? `${count} experiments are too few to say which setting matters.`
    : count < enough
      ? `⚠ Only ${count} experiments: PED-ANOVA wants ${enough} or more, five of them in the best tenth. Take this as a hint.`
      : "Which settings decide whether an experiment is among the best tenth (PED-ANOVA).";
}

function drawContour(table, scores) {
  const [across, up] = [value("across"), value("up")], [x, y] = [across, up].map((key) => table[key] && axisOf(table[key]));
  document.getElementById("contour").hidden = Object.keys(table).length < 2;
  document.getElementById("contour-figure").parentNode.hidden = across === up;
  if (!x || !y || across === up) return;
  const cell = (one, other) => {
    const found = scores.filter((score, place) => score != null && x.values[place] === one && y.values[place] === other);
    return found.length ? found.reduce((sum, score) => sum + score, 0) / found.length : null;
  };
  plot("contour-figure", [
    {type: "contour", x: x.places, y: y.places, z: y.places.map((other) => x.places.map((one) => cell(one, other))), connectgaps: true, colorscale: SCALE, colorbar: {thickness: 12}, hoverinfo: "skip", line: {width: .5}},
    {x: x.values, y: y.values, mode: "markers", text: scores.map(String), marker: {size: 7, color: "#fff", line: {color: "#222", width: 1}}, hovertemplate: "%{x}, %{y}: %{text}<extra></extra>"},
  ], {height: 340, showlegend: false, xaxis: {type: x.type, title: {text: plain(across)}, ...ticksAt(x.places)}, yaxis: {type: y.type, title: {text: plain(up)}, ...ticksAt(y.places)}});
}
