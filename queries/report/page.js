"use strict";
// Sorting and filtering. Text is only ever read and compared here, never parsed as HTML.
(() => {
  const valueOf = (cell) => {
    const number = Number(cell.dataset.value);
    return cell.dataset.value !== undefined && !Number.isNaN(number) ? number : cell.innerText.toLowerCase();
  };
  for (const head of document.querySelectorAll("th button")) {
    head.addEventListener("click", () => {
      const cell = head.closest("th");
      const table = cell.closest("table");
      const place = cell.cellIndex;
      const down = cell.getAttribute("aria-sort") !== "descending";
      for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keyed = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[place]), row]);
      keyed.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0) * (down ? -1 : 1));
      table.tBodies[0].append(...keyed.map(([, row]) => row));
    });
  }
  const search = document.getElementById("filter");
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    for (const table of document.querySelectorAll("main table:not(.matrix)")) {
      let left = 0;
      for (const row of table.tBodies[0].rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        left += row.hidden ? 0 : 1;
      }
      const shown = table.closest("div").previousElementSibling.querySelector(".shown");
      if (shown) shown.textContent = wanted ? `, ${left} with “${search.value.trim()}”` : "";
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) { event.preventDefault(); search.focus(); }
  });
  // What is closed on the screen is open on paper.
  let closed = [];
  addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; for (const each of closed) each.open = true; });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
  document.documentElement.dataset.ready = "1";
})();
