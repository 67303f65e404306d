"use strict";
// A table with a search field. It shows a part of the rows at a time, so that 20,000 rows stay quick.

const ROWS_AT_ONCE = 200;

// `columns`: [title, cell(row), isNumber]; `words(row)`: the text that the search looks in.
function searchTable(id, noun, columns, rows, words) {
  let found = rows;
  let shown = 0;
  const body = element("tbody", {});
  const status = element("span", { class: "soft", role: "status", id: id + "-count" });
  const more = element("button", { type: "button", onclick: () => add() }, "Show more");
  const search = element("input", {
    type: "search", id: id + "-search", "aria-label": "Search " + noun, placeholder: "Search " + noun,
    oninput: () => filter(search.value),
  });

  function add() {
    const part = document.createDocumentFragment();
    for (const row of found.slice(shown, shown + ROWS_AT_ONCE)) {
      part.append(element("tr", {}, columns.map(([title, cell, isNumber]) =>
        element("td", { class: isNumber ? "number" : null, "data-name": title }, cell(row)))));
    }
    shown = Math.min(shown + ROWS_AT_ONCE, found.length);
    body.append(part);
    more.hidden = shown === found.length;
    status.textContent = found.length === rows.length
      ? shown.toLocaleString("en") + " of " + counted(rows.length, "row")
      : counted(found.length, "match", "matches") + " in " + counted(rows.length, "row");
  }

  function filter(text) {
    const wanted = text.trim().toLowerCase();
    found = wanted ? rows.filter((row) => printable(words(row)).toLowerCase().includes(wanted)) : rows;
    shown = 0;
    body.replaceChildren();
    add();
  }

  add();
  const head = element("tr", {}, columns.map(([title, , isNumber]) =>
    element("th", { scope: "col", class: isNumber ? "number" : null }, title)));
  return [
    element("div", { class: "bar" }, search, status),
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": noun },
      element("table", { id: id + "-table" }, element("thead", {}, head), body)),
    more,
  ];
}

function path(text) {
  return element("span", { class: "path" }, text);
}
