// What the page holds, what is chosen, and what is drawn again when a choice changes.

async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

const page = JSON.parse(await unpacked("content"));
const files = JSON.parse(document.getElementById("files").textContent);
document.head.append(element("script", {text: await unpacked("plotly")}));

const name = (experiment) => page.experiments[experiment];
const color = (experiment) => page.colors[experiment];
const unit = (metric) => (metric === "psnr" ? "PSNR (dB)" : plain(metric.toUpperCase()));
const formatted = (metric, score) => score.toFixed(metric === "psnr" ? 2 : 4);
const signed = (number) => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(4)}`;
const controls = (of) => [...document.getElementsByName(of)];
const currentBoard = () => page.boards[Number(value("board"))];

function value(of) {
  const [first, ...others] = controls(of);
  if (first?.type === "radio") return [first, ...others].find((each) => each.checked).value;
  return first?.type === "checkbox" ? first.checked : first?.value;
}

// Offer [value, text] pairs in a list; what was chosen stays chosen while it is offered.
function fill(of, pairs, first) {
  const [list] = controls(of), before = list.value;
  list.replaceChildren(...pairs.map(([key, text]) => element("option", {value: key, text})));
  list.value = pairs.some(([key]) => key === before) && before !== "" ? before : first;
}

function fillForBoard() {
  const {metrics, settings: {table}, rows, baseline} = currentBoard();
  const keys = Object.keys(table).sort((one, other) => (axisOf(table[one]).type === "category") - (axisOf(table[other]).type === "category"));
  fill("metric", metrics.map((metric) => [metric, metric]), metrics[0]);
  if (DRAW.plane) fillPlanes();
  fill("across", keys.map((key) => [key, key]), keys[0]);
  fill("up", keys.map((key) => [key, key]), keys[1] ?? keys[0]);
  const here = rows.map((row) => String(row.experiment));
  const other = here.find((each) => each !== String(baseline ?? here[1])) ?? here[0];
  fill("a", here.map((each) => [each, name(each)]), other);
  fill("b", here.map((each) => [each, name(each)]), String(baseline ?? here[1] ?? here[0]));
}

function fillRuns() {
  const of = (experiment) => page.runs.findIndex((run) => run.experiment === Number(experiment));
  controls("one")[0].value = of(value("a"));
  controls("other")[0].value = of(value("b"));
  controls("run")[0].value = of(value("a"));
}

const DRAW = {curves: drawCurves, configurations: drawConfigurations, run: drawRun};
if (page.boards.length) Object.assign(DRAW, {leaderboard: drawLeaderboard, cost: drawCost, pictures: drawPictures, settings: drawSettings, differences: drawDifferences});

if (document.getElementById("plane")) DRAW.plane = drawPlane;
if (document.getElementById("explained")) DRAW.explained = drawExplained;
if (document.getElementById("learning")) DRAW.learning = drawLearning;

function drawAll() {
  for (const draw of Object.values(DRAW)) draw();
}

function setTheme(scheme) {
  document.documentElement.style.colorScheme = scheme;
}

const CHANGED = {
  theme: () => { setTheme(value("theme")); drawAll(); },
  board: () => { fillForBoard(); drawLeaderboard(); fillImages(); fillSides(); fillRuns(); drawAll(); },
  metric: () => { fillImages(); drawAll(); },
  a: () => { fillImages(); fillRuns(); drawAll(); },
  b: () => { fillImages(); fillRuns(); drawAll(); },
  order: () => { controls("image")[0].value = ""; fillImages(); drawPictures(); },
  shown: () => { fillSides(); drawPictures(); drawCurves(); },
  filter: () => {},
};

function changed({target}) {
  (CHANGED[target.name] ?? DRAW[target.closest("section")?.id] ?? (() => {}))();
  remember();
}

// Choices outlive a reload, where the browser lets a page remember anything.
const MEMORY = `sr-compare ${location.pathname}`;
const memory = (() => { try { return window.sessionStorage; } catch { return null; } })();

// Experiments, runs and tables are remembered by name: a page made anew may number them otherwise.
const labels = page.runs.map((run) => run.label), {experiments} = page;
const NAMED = {a: experiments, b: experiments, left: experiments, right: experiments, shown: experiments, one: labels, other: labels, run: labels, board: page.boards.map((board) => board.title)};

function remember() {
  const chosen = [...document.querySelectorAll("[name]:is(select, input)")].map(({name: of, value: now, checked}) => [of, NAMED[of]?.[now] ?? now, checked]);
  memory?.setItem(MEMORY, JSON.stringify(chosen));
}

function recall() {
  for (const [of, was, checked] of JSON.parse(memory?.getItem(MEMORY) ?? "[]")) {
    const number = NAMED[of]?.indexOf(was) ?? -1, now = number < 0 ? was : String(number);
    for (const control of controls(of)) {
      if (control.type === "radio" || control.type === "checkbox") {
        if (control.value === now || control.type === "checkbox" && of !== "shown") control.checked = checked;
      } else if (control.tagName !== "SELECT" || [...control.options].some((option) => option.value === now)) {
        control.value = now;
      }
    }
  }
}

function begin() {
  const names = [...new Set(page.curves.flatMap(Object.keys))];
  fill("curve", names.map((each) => [each, each]), names.includes("val/psnr") ? "val/psnr" : names[0]);
  if (page.boards.length) {
    tickFirst();
    for (const fillOne of [fillForBoard, drawLeaderboard, fillImages, fillSides, fillRuns, recall, fillForBoard, fillImages, fillSides, recall]) fillOne();
    listenToPictures();
  }
  setTheme(value("theme"));
  drawAll();
}

begin();
document.addEventListener("change", changed);
document.addEventListener("input", (event) => {
  if (event.target.name === "filter") filterRows();
  if (event.target.type === "range") changed(event);
});
document.addEventListener("click", ({target}) => {
  const header = target.closest(".ranking thead th");
  if (header) sortRows(header);
  if (target.dataset.save) save(target);
});
document.getElementById("swap")?.addEventListener("click", () => {
  const [a, b] = [controls("a")[0], controls("b")[0]];
  [a.value, b.value] = [b.value, a.value];
  changed({target: a});
});
for (const id of page.boards.length ? ["differences-figure", "scatter-figure"] : []) {
  onPoint(id, (point) => {
    controls("image")[0].value = point.customdata;
    drawPictures();
    document.getElementById("pictures").scrollIntoView();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
// On paper: light, and figures as wide as a sheet of A4.
function setPrinting(printing) {
  document.body.classList.toggle("printing", printing);
  setTheme(printing ? "light" : value("theme"));
  drawAll();
}

addEventListener("beforeprint", () => setPrinting(true));
addEventListener("afterprint", () => setPrinting(false));

if (page.version) {
  setInterval(async () => {
    const answer = await fetch("version").catch(() => null);
    if (answer?.ok && (await answer.text()) !== page.version) location.reload();
  }, 5000);
}
