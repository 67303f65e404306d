"use strict";
// The import graph of the user's own modules: each module is to the right of the one that requested it first.

const NODE_HEIGHT = 22;
const OPEN_AT_FIRST = 150;

// `modules`: [name, file, index of who asked or -1, line, process, requested by, status, mount].
function importGraph(modules) {
  const children = modules.map(() => []);
  const roots = [];
  modules.forEach((row, index) => (row[2] >= 0 && row[2] !== index ? children[row[2]] : roots).push(index));
  keepReachable(modules, children, roots);
  const open = new Set();
  let chosen = -1;
  openFirst();

  const svg = svgElement("svg", { id: "graph", role: "group", "aria-label": "Import graph" });
  const detail = element("div", { class: "detail", id: "graph-detail", role: "status" },
    "Choose a module to see the chain of imports that leads to it.");
  const status = element("span", { class: "soft", role: "status", id: "graph-count" });
  const search = element("input", {
    type: "search", id: "graph-search", "aria-label": "Find a module", placeholder: "Find a module",
    oninput: () => find(search.value),
  });
  const all = element("button", { type: "button", id: "graph-all", onclick: () => { modules.forEach((_, index) => open.add(index)); draw(); } }, "Expand all");
  const none = element("button", { type: "button", onclick: () => { open.clear(); draw(); } }, "Collapse all");

  // Level by level, as long as not too many are shown.
  function openFirst() {
    let level = roots;
    let shown = roots.length;
    while (level.length) {
      const next = level.flatMap((index) => children[index]);
      if (shown + next.length > OPEN_AT_FIRST) break;
      level.forEach((index) => open.add(index));
      shown += next.length;
      level = next;
    }
  }

  function chainTo(index) {
    const chain = [];
    for (let at = index; at >= 0 && !chain.includes(at); at = modules[at][2]) chain.unshift(at);
    return chain;
  }

  function choose(index) {
    chosen = index;
    const chain = chainTo(index);
    chain.slice(0, -1).forEach((at) => open.add(at));
    draw();
    const [name, file, , , process, , state] = modules[index];
    detail.replaceChildren(
      element("strong", {}, name), " ", path(file || "no file"),
      element("p", { class: "soft" }, "process " + process + ", " + state),
      element("ol", {}, chain.map((at) => element("li", {}, element("code", {}, modules[at][0]), requested(modules[at])))));
    const node = svg.querySelector("[data-index='" + index + "']");
    if (node) node.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function requested(row) {
    if (!row[5]) return " (started the program)";
    return ", requested by " + row[5] + (row[3] ? ", line " + row[3] : "");
  }

  function find(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) { status.textContent = counted(modules.length, "module"); return; }
    const found = [];
    modules.forEach((row, index) => { if (printable(row[0]).toLowerCase().includes(wanted)) found.push(index); });
    status.textContent = counted(found.length, "match", "matches");
    const exact = found.find((index) => printable(modules[index][0]).toLowerCase() === wanted);
    if (found.length) choose(exact === undefined ? found[0] : exact);
  }

  function draw() {
    const order = [];
    const stack = roots.map((index) => [index, 0]).reverse();
    while (stack.length) {
      const [index, depth] = stack.pop();
      order.push([index, depth]);
      if (open.has(index)) [...children[index]].reverse().forEach((child) => stack.push([child, depth + 1]));
    }
    const at = new Map(order.map(([index, depth], row) => [index, [14 + depth * 28, 14 + row * NODE_HEIGHT]]));
    const chain = chosen < 0 ? [] : chainTo(chosen);
    const onChain = new Set(chain);
    const edges = [];
    const nodes = [];
    let width = 0;
    for (const [index] of order) {
      const [x, y] = at.get(index);
      const row = modules[index];
      const label = printable(row[0]);
      width = Math.max(width, x + 30 + label.length * 7.5);
      if (row[2] >= 0 && at.has(row[2])) {
        const [px, py] = at.get(row[2]);
        edges.push(svgElement("path", {
          class: "edge" + (onChain.has(index) && onChain.has(row[2]) ? " chain" : ""),
          d: "M" + px + " " + (py + 5) + "V" + y + "H" + (x - 5),
        }));
      }
      const closed = children[index].length > 0 && !open.has(index);
      nodes.push(pressable(svgElement("g", {
        class: "node" + (onChain.has(index) ? " chain" : "") + (closed ? " closed" : ""), "data-index": index,
        tabindex: 0, role: "button", "aria-expanded": children[index].length ? String(!closed) : null,
        "aria-pressed": String(index === chosen),
        "aria-label": label + (children[index].length ? ", asked for " + counted(children[index].length, "module") : ""),
      }, svgElement("rect", { x: x - 8, y: y - 11, width: label.length * 7.5 + 40, height: NODE_HEIGHT, fill: "transparent" }),
      svgElement("circle", { cx: x, cy: y, r: 5 }),
      svgElement("text", { x: x + 10, y: y + 4 }, closed ? label + "  +" + children[index].length : label)), () => press(index)));
    }
    svg.setAttribute("width", Math.ceil(width));
    svg.setAttribute("height", order.length * NODE_HEIGHT + 14);
    svg.replaceChildren(...edges, ...nodes);
  }

  function press(index) {
    const folds = children[index].length > 0;
    if (folds && (!open.has(index) || chosen === index)) {
      if (open.has(index)) open.delete(index); else open.add(index);
    }
    choose(index);
    const node = svg.querySelector("[data-index='" + index + "']");
    if (node) node.focus({ preventScroll: true });
  }

  find("");
  draw();
  return [
    element("div", { class: "bar" }, search, all, none, status), detail,
    element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Import graph" }, svg),
  ];
}

// Modules that asked for each other in a circle have no way from the start: one of them becomes a start.
function keepReachable(modules, children, roots) {
  const seen = new Set();
  const visit = (from) => {
    const stack = [from];
    while (stack.length) {
      const index = stack.pop();
      if (seen.has(index)) continue;
      seen.add(index);
      stack.push(...children[index]);
    }
  };
  roots.forEach(visit);
  modules.forEach((row, index) => {
    if (seen.has(index)) return;
    children[row[2]] = children[row[2]].filter((child) => child !== index);
    row[2] = -1;
    roots.push(index);
    visit(index);
  });
}
