// Explanations of the shown leaderboard: spectra of its errors, and the way from a crop to what it was made of.

function drawExplained() {
  const number = value("board");
  for (const place of document.querySelectorAll("[data-explained]")) place.hidden = place.dataset.explained !== number;
  const traces = Object.entries(page.explained[Number(number)]).map(([label, {frequency, share}]) => ({
    x: frequency, y: share, name: plain(label), mode: "lines", line: {color: color(page.experiments.indexOf(label))}, hovertemplate: "%{y:.3f}",
  }));
  document.getElementById("spectra-figure").parentNode.hidden = !traces.length;
  if (traces.length) plot("spectra-figure", traces, {
    height: 380, hovermode: "x unified", showlegend: true,
    xaxis: {title: {text: "cycles per pixel"}}, yaxis: {title: {text: "error / original (power)"}, type: "log"},
  });
}

// The explanation of an image in the shown leaderboard, where there is one.
function explanationOf(image) {
  const shown = document.querySelectorAll(`[data-explained="${value("board")}"] details`);
  return [...shown].find((each) => each.dataset.image === image);
}

function linkExplanation(image) {
  const link = document.getElementById("explanation-link"), found = explanationOf(image);
  link.hidden = !found;
  link.onclick = (event) => { event.preventDefault(); found.open = true; found.scrollIntoView(); };
}
