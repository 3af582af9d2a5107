// Records: what sets two runs apart, and all that is known of one.

function element(tag, {text, ...attributes} = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

// Where and when it ran, and how long that took, is no part of how it was made.
const PASSING = /^(output_dir|started|ended|timings|validation|steps|peak_memory|command|error|profiles)/;

function settingsOf(run) {
  const settings = Object.entries({...run.choices, ...run.config, ...run.record});
  return Object.fromEntries(settings.filter(([key]) => !PASSING.test(key)));
}

function drawConfigurations() {
  const runs = [page.runs[value("one")], page.runs[value("other")]], [one, other] = runs.map(settingsOf);
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]);
  const line = (tag, ...texts) => element("tr", {}, element("th", {text: texts[0], scope: "row"}), ...texts.slice(1).map((text) => element(tag, {text})));
  document.getElementById("configurations-table").replaceChildren(
    element("thead", {}, line("th", "", ...runs.map((run) => run.label))),
    element("tbody", {}, ...(keys.length ? keys.map((key) => line("td", key, one[key] ?? "–", other[key] ?? "–")) : [line("td", "nothing", "", "")])),
  );
}

function settingsTable(settings) {
  const rows = Object.entries(settings).map(([key, text]) => element("tr", {}, element("th", {text: key, scope: "row"}), element("td", {text})));
  return element("div", {className: "scroll"}, element("table", {}, element("tbody", {}, ...rows)));
}

function folded(title, settings) {
  return element("details", {}, element("summary", {text: title}), settingsTable(settings));
}

function drawRun() {
  const run = page.runs[value("run")];
  const timings = Object.fromEntries(Object.entries(run.record).filter(([key]) => /^(timings|validation|steps|parameters|multiply_adds|peak_memory|started|ended|error)/.test(key)));
  const environment = Object.fromEntries(Object.entries(run.record).filter(([key]) => !(key in timings)));
  document.getElementById("run-body").replaceChildren(
    element("p", {text: `${run.status} · ${run.folder}`}),
    ...(run.command ? [element("p", {className: "note", text: "Again, in the place that it gets by default:"}), element("div", {className: "command", text: run.command})] : []),
    ...run.warnings.map((text) => element("p", {className: "warning", text: `⚠ ${text}`})),
    settingsTable(timings),
    folded("Choices and configuration", {...run.choices, ...run.config}),
    folded("Environment", environment),
  );
}
