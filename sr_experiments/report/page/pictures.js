// The same crop of many experiments: side by side, under a slider, or as errors; zoomed and moved in step.

const zoom = {scale: 1, x: 0, y: 0}; // x and y: where the picture's corner lies, in percent of its frame
const ORDERS = {
  differ: (crop) => -Math.abs(scoreIn(crop, value("a")) - scoreIn(crop, value("b"))),
  worst: (crop) => scoreIn(crop, value("a")),
  best: (crop) => -scoreIn(crop, value("a")),
};

function scoreIn({image}, experiment) {
  const board = currentBoard(), row = board.rows.find((each) => each.experiment === Number(experiment));
  return row?.scores[value("metric")]?.[board.images.indexOf(image)] ?? NaN;
}

function fillImages() {
  const crops = [...currentBoard().crops], rank = ORDERS[value("order")] ?? (() => NaN);
  const byRank = (one, other) => (rank(one) - rank(other)) || (isNaN(rank(one)) - isNaN(rank(other))) || one.image.localeCompare(other.image);
  const images = crops.sort(byRank).map((crop) => crop.image);
  fill("image", images.map((image) => [image, image]), images[0]);
}

function fillSides() {
  const names = [["input", "low resolution"], ["target", "high resolution"]];
  const all = [...ticked().map((experiment) => [String(experiment), name(experiment)]), ...names];
  fill("left", all, value("left") || all[0][0]);
  fill("right", all, value("right") || "target");
}

// A side is input, target, an experiment, or one of its strip as `experiment/sample_3`.
const FIXED = {input: "low resolution", target: "high resolution"};
const ofStrip = (side) => side.split("/");

function source(crop, side) {
  const [experiment, part] = ofStrip(side);
  return files[side in FIXED ? crop[side] : part ? crop.strips[experiment][part] : crop.outputs[experiment]];
}

function titleOf(side) {
  const [experiment, part] = ofStrip(side);
  if (side in FIXED) return FIXED[side];
  return {sample_mean: "mean of the samples", spread: "how far they differ"}[part] ?? (part?.replace("_", " ") || `${name(experiment)}${currentBoard().samples[experiment] ? ", sample 0" : ""}`);
}

function drawPictures() {
  const board = currentBoard(), crop = board.crops.find((each) => each.image === value("image")), views = document.getElementById("views");
  document.getElementById("pictures-body").hidden = !crop;
  const left = board.cropsOf - board.crops.length;
  document.getElementById("pictures-note").textContent = !crop ? "The run directories hold no crops for this table: they keep those of the plain output at the scale that was trained for."
    : left > 0 ? `${left} of ${board.cropsOf} images, and experiments far from the best, are left out so that the page opens quickly; sr-compare --pictures beside keeps all.` : "";
  if (!crop) return;
  if (page.explained.length) linkExplanation(crop.image);
  const view = value("view");
  views.className = view;
  views.replaceChildren(...{grid: grid, errors: errors, slider: slider}[view](crop));
  document.getElementById("gain-value").textContent = value("gain");
  views.style.setProperty("--gain", value("gain"));
  moveTo(zoom);
}

const sidesOf = (crop) => ticked().filter((experiment) => crop.outputs[experiment]).map(String);

function grid(crop) {
  const sides = sidesOf(crop).flatMap((side) => [side, ...Object.keys(crop.strips[side] ?? {}).map((part) => `${side}/${part}`)]);
  return ["input", ...sides, "target"].map((side) => pictured(crop, side, [picture(crop, side)]));
}

// |output − target|, as the browser blends it.
function errors(crop) {
  return ["target", ...sidesOf(crop)].map((side) =>
    side === "target" ? pictured(crop, side, [picture(crop, side)]) : pictured(crop, side, [picture(crop, "target"), picture(crop, side)], "frame error"));
}

function slider(crop) {
  const sides = [value("left"), value("right")].map((side) => (source(crop, side) ? side : "target"));
  const frames = sides.map((side, number) => {
    const frame = element("div", {className: "frame", slot: number ? "second" : "first"}, picture(crop, side));
    return frame;
  });
  const made = element("img-comparison-slider", {tabIndex: 0, title: "arrow keys move the divider"}, ...frames);
  made.setAttribute("handle", "true");
  return [made, element("div", {className: "sides"}, ...sides.map((side) => element("span", {text: [titleOf(side), ...scoresIn(crop, side)].join(" · ")})))];
}

function picture(crop, side) {
  return element("img", {src: source(crop, side), alt: `${crop.image}, ${titleOf(side)}`, draggable: false});
}

function pictured(crop, side, pictures, frame = "frame") {
  const caption = element("figcaption", {text: titleOf(side)}, element("small", {text: scoresIn(crop, side).join(" · ")}));
  if (!(side in FIXED)) caption.style.setProperty("--color", color(ofStrip(side)[0]));
  return element("figure", {}, element("div", {className: frame}, ...pictures), caption);
}

function scoresIn({image}, side) {
  const board = currentBoard(), [experiment, part = "sample_0"] = ofStrip(side), samples = board.samples[experiment]?.[image];
  const row = board.rows.find((each) => String(each.experiment) === experiment), place = board.images.indexOf(image);
  const score = (metric) => (samples ? samples[metric]?.[part.replace("sample_", "")] : row?.scores[metric]?.[place]);
  return board.metrics.filter((metric) => score(metric) != null).map((metric) => `${metric.toUpperCase()} ${formatted(metric, score(metric))}`);
}

function moveTo({scale, x, y}) {
  zoom.scale = Math.min(24, Math.max(1, scale));
  const within = (place) => Math.min(0, Math.max(100 * (1 - zoom.scale), place));
  Object.assign(zoom, {x: within(x), y: within(y)});
  const {style} = document.getElementById("views");
  style.setProperty("--zoom", zoom.scale);
  style.setProperty("--x", zoom.x);
  style.setProperty("--y", zoom.y);
  document.getElementById("zoom-value").textContent = `${zoom.scale.toFixed(1).replace(".0", "")}×`;
}

// What lies at (across, down), in percent of the frame, stays there.
function zoomBy(factor, across = 50, down = 50) {
  const scale = Math.min(24, Math.max(1, zoom.scale * factor)), ratio = scale / zoom.scale;
  moveTo({scale, x: across - (across - zoom.x) * ratio, y: down - (down - zoom.y) * ratio});
}

const KEYS = {
  "+": () => zoomBy(1.5), "=": () => zoomBy(1.5), "-": () => zoomBy(1 / 1.5), 0: () => moveTo({scale: 1, x: 0, y: 0}),
  ArrowLeft: () => moveTo({...zoom, x: zoom.x + 10}), ArrowRight: () => moveTo({...zoom, x: zoom.x - 10}),
  ArrowUp: () => moveTo({...zoom, y: zoom.y + 10}), ArrowDown: () => moveTo({...zoom, y: zoom.y - 10}),
};

function listenToPictures() {
  const views = document.getElementById("views"), fingers = new Map();
  const frameOf = (event) => event.target.closest(".frame")?.getBoundingClientRect();
  const inFrame = (frame, x, y) => [100 * (x - frame.left) / frame.width, 100 * (y - frame.top) / frame.height];
  views.addEventListener("keydown", (event) => {
    if (!KEYS[event.key] || (event.key.startsWith("Arrow") && event.target !== views)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  views.addEventListener("wheel", (event) => {
    const frame = frameOf(event);
    if (!frame) return;
    event.preventDefault();
    zoomBy(2 ** (-event.deltaY / 300), ...inFrame(frame, event.clientX, event.clientY));
  }, {passive: false});
  views.addEventListener("pointerdown", (event) => { if (frameOf(event)) fingers.set(event.pointerId, event); });
  addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), frame = before && frameOf(before);
    if (!frame) return;
    const others = [...fingers.values()].filter((each) => each.pointerId !== event.pointerId);
    if (others.length) {
      const span = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY);
      zoomBy(span(event) / Math.max(span(before), 1), ...inFrame(frame, others[0].clientX, others[0].clientY));
    } else {
      moveTo({...zoom, x: zoom.x + 100 * (event.clientX - before.clientX) / frame.width, y: zoom.y + 100 * (event.clientY - before.clientY) / frame.height});
    }
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => fingers.delete(event.pointerId));
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => (Number(button.dataset.zoom) ? zoomBy(Number(button.dataset.zoom)) : KEYS[0]()));
  }
}
