// Leaderboards: sorting, filtering, and which experiments are ticked.

function drawLeaderboard() {
  document.querySelectorAll(".board").forEach((board, number) => { board.hidden = number !== page.boards.indexOf(currentBoard()); });
  filterRows();
}

function filterRows() {
  const wanted = value("filter").toLowerCase().split(/\s+/);
  for (const row of document.querySelectorAll(".ranking tbody tr")) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
  }
}

function sortRows(header) {
  const descending = header.ariaSort !== "descending";
  const body = header.closest("table").tBodies[0];
  const key = ({cells}) => cells[header.cellIndex].dataset.value ?? "";
  const order = new Intl.Collator(undefined, {numeric: true});
  const compare = (a, b) => {
    if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
    const difference = isNaN(key(a)) || isNaN(key(b)) ? order.compare(key(a), key(b)) : key(a) - key(b);
    return descending ? -difference : difference;
  };
  body.append(...[...body.rows].sort(compare));
  for (const other of header.parentNode.cells) other.ariaSort = "none";
  header.ariaSort = descending ? "descending" : "ascending";
}

// The ticked experiments of this leaderboard, best first.
function ticked() {
  const boxes = document.querySelectorAll(`.board:not([hidden]) [name="shown"]:checked`);
  const chosen = new Set([...boxes].map((box) => Number(box.value)));
  return currentBoard().rows.map((row) => row.experiment).filter((experiment) => chosen.has(experiment));
}

// At first: the best five, and the baseline.
function tickFirst() {
  page.boards.forEach((board, number) => {
    const first = new Set([...board.rows.slice(0, 5).map((row) => row.experiment), board.baseline]);
    for (const box of document.querySelectorAll(`#board-${number} [name="shown"]`)) box.checked = first.has(Number(box.value));
  });
}
