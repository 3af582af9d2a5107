// Figures: one look for all of them, in the theme of the page, and their way into a file.

// From low to high, to be told apart on white and on black.
const SCALE = [[0, "#7a6fd0"], [.35, "#3d9dc4"], [.7, "#4db380"], [1, "#f0a22e"]];
const GREY = "rgba(128, 128, 128, .22)";

// Plotly reads a little HTML in texts; names are shown as they are.
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function look() {
  const {color, fontFamily} = getComputedStyle(document.body);
  const axis = {gridcolor: GREY, zerolinecolor: GREY, linecolor: GREY, automargin: true, title: {standoff: 8}};
  return {
    font: {color, family: fontFamily, size: 12},
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: {l: 50, r: 15, t: 30, b: 45},
    hovermode: "closest",
    modebar: {bgcolor: "rgba(0,0,0,0)", color: "rgba(128,128,128,.5)", activecolor: color},
    legend: {orientation: "h", y: 1, yanchor: "bottom"},
    template: {layout: {xaxis: axis, yaxis: axis}},
  };
}

// The place itself has the height: where a window changes its size, Plotly asks the place.
function plot(id, traces, {height = 400, ...layout}) {
  const place = document.getElementById(id);
  place.style.height = `${height}px`;
  const settings = {responsive: true, displaylogo: false, showSendToCloud: false, modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d"]};
  return Plotly.react(id, traces, {...look(), width: place.clientWidth || undefined, ...layout}, settings);
}

function save({dataset: {of, save: format}}) {
  const {data, layout, clientWidth: width, clientHeight: height} = document.getElementById(of);
  const figure = {data, layout: {...layout, paper_bgcolor: "#fff", font: {...layout.font, color: "#1b1f24"}}};
  return Plotly.downloadImage(figure, {format, filename: of, width, height, scale: format === "png" ? 2 : 1});
}

function onPoint(id, act) {
  document.getElementById(id).on("plotly_click", ({points: [point]}) => act(point));
}

// A line with the band between its bounds; both go together in the legend.
function banded(x, [mean, low, high], {name: label, color: ink, ...more}) {
  const shared = {legendgroup: label, line: {color: ink}};
  return [
    {...shared, x: [...x, ...x.toReversed()], y: [...high, ...low.toReversed()], fill: "toself", fillcolor: `${ink}2e`, line: {width: 0}, hoverinfo: "skip", showlegend: false, mode: "lines"},
    {...shared, x, y: mean, name: plain(label), mode: "lines+markers", ...more},
  ];
}
