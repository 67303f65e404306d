"use strict";
// A squarified treemap (Bruls, Huizing, van Wijk, 2000): a rectangle per file or directory, by size.

const TILE_COLOURS = ["#a9cdf0", "#f3c99b", "#b5dfb0", "#e3b8dd", "#efe39a", "#9fdcd6", "#f2b3ad", "#c7c6ee"];
const MOST_TILES = 150;

// The directory tree of [remote, size] rows. `name` of the top is the remote root.
function sizeTree(files, root) {
  const top = { name: root, size: 0, count: 0, children: new Map(), parent: null, text: root };
  for (const [remote, size] of files) {
    const inner = remote.startsWith(root + "/") ? remote.slice(root.length + 1) : remote.replace(/^\/+/, "");
    let at = top;
    at.size += size;
    at.count += 1;
    for (const part of inner.split("/")) {
      let next = at.children.get(part);
      if (!next) {
        next = { name: part, size: 0, count: 0, children: new Map(), parent: at, text: at.text + "/" + part };
        at.children.set(part, next);
      }
      next.size += size;
      next.count += 1;
      at = next;
    }
  }
  return top;
}

// [item, x, y, width, height] for items with a `weight`, heaviest first.
function squarify(items, x, y, width, height) {
  const placed = [];
  const total = items.reduce((sum, item) => sum + item.weight, 0);
  const scale = total ? (width * height) / total : 0;
  let start = 0;
  while (start < items.length && width > 0 && height > 0) {
    const side = Math.min(width, height);
    let end = start;
    let sum = 0;
    let worst = Infinity;
    while (end < items.length) {
      const next = sum + items[end].weight * scale;
      const square = next * next;
      const ratio = Math.max((side * side * items[start].weight * scale) / square,
        square / (side * side * items[end].weight * scale));
      if (ratio > worst) break;
      worst = ratio;
      sum = next;
      end += 1;
    }
    const thickness = sum / side;
    let along = 0;
    for (const item of items.slice(start, end)) {
      const length = (item.weight * scale) / thickness;
      placed.push(width < height ? [item, x + along, y, length, thickness] : [item, x, y + along, thickness, length]);
      along += length;
    }
    if (width < height) { y += thickness; height -= thickness; } else { x += thickness; width -= thickness; }
    start = end;
  }
  return placed;
}

function treemap(files, root) {
  const top = sizeTree(files, root);
  let current = top;
  let wanted = "";
  const svg = svgElement("svg", { id: "treemap", width: "100%", role: "group", "aria-label": "Files by size" });
  const place = element("span", { class: "path", id: "treemap-place", role: "status" });
  const out = element("button", { type: "button", id: "treemap-out", onclick: () => zoom(current.parent) }, "Zoom out");
  const matches = element("span", { class: "soft", role: "status", id: "treemap-count" });
  const search = element("input", {
    type: "search", id: "treemap-search", "aria-label": "Search the treemap", placeholder: "Search the treemap",
    oninput: () => { wanted = search.value.trim().toLowerCase(); draw(); },
  });
  const hits = new Map();

  function hitsIn(node) {
    if (!hits.has(node)) {
      const own = printable(node.text).toLowerCase().includes(wanted);
      hits.set(node, own ? node.count : [...node.children.values()].reduce((sum, child) => sum + hitsIn(child), 0));
    }
    return hits.get(node);
  }

  function zoom(node) {
    if (!node) return;
    current = node;
    draw();
    const first = svg.querySelector(".tile");
    if (first) first.focus();
  }

  function tile(node, x, y, width, height, colour, inner) {
    const folder = node.children && node.children.size > 0;
    const label = node.name + (folder ? "/" : "");
    const said = label + ", " + sizeText(node.size) + (folder ? ", " + counted(node.count, "file") : "");
    const hit = wanted && node.children ? hitsIn(node) : 0;
    const group = svgElement("g", {
      class: "tile" + (wanted ? (hit ? " hit" : " miss") : ""), tabindex: inner ? null : 0,
      role: inner ? null : folder ? "button" : "img", "aria-label": printable(said), "data-name": node.text,
    }, svgElement("title", {}, said),
    svgElement("rect", { x, y, width: Math.max(width, 0), height: Math.max(height, 0), fill: colour }));
    if (width > 40 && height > 16) {
      const room = Math.floor((width - 8) / 6.7);
      const text = printable(label);
      group.append(svgElement("text", { x: x + 4, y: y + 13 }, text.length > room ? text.slice(0, Math.max(room - 1, 1)) + "…" : text));
    }
    if (!inner && folder) pressable(group, () => zoom(node));
    return group;
  }

  // The children, heaviest first; beyond the first ones, together. An empty file still has an area.
  function items(node, most) {
    const all = [...node.children.values()].map((child) => ({ node: child, weight: Math.max(child.size, 1) }))
      .sort((a, b) => b.weight - a.weight || (a.node.name < b.node.name ? -1 : 1));
    if (all.length <= most) return all;
    const rest = all.slice(most - 1);
    const size = rest.reduce((sum, item) => sum + item.node.size, 0);
    const node_ = { name: counted(rest.length, "smaller item"), size, count: rest.length, text: "" };
    return [...all.slice(0, most - 1), { node: node_, weight: rest.reduce((sum, item) => sum + item.weight, 0) }]
      .sort((a, b) => b.weight - a.weight);
  }

  function draw() {
    hits.clear();
    const width = Math.max(svg.parentNode ? svg.parentNode.clientWidth : 0, 240);
    const height = Math.round(Math.min(460, Math.max(260, width * 0.6)));
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    svg.setAttribute("height", height);
    svg.replaceChildren();
    squarify(items(current, MOST_TILES), 0, 0, width, height).forEach(([item, x, y, w, h], index) => {
      const colour = TILE_COLOURS[index % TILE_COLOURS.length];
      const group = tile(item.node, x, y, w, h, colour, false);
      if (item.node.children && item.node.children.size && w > 60 && h > 50) {
        for (const [sub, sx, sy, sw, sh] of squarify(items(item.node, 40), x + 3, y + 18, w - 6, h - 21)) {
          if (sw > 3 && sh > 3) group.append(tile(sub.node, sx, sy, sw, sh, colour, true));
        }
      }
      svg.append(group);
    });
    place.textContent = printable(current.text) + " (" + sizeText(current.size) + ", " + counted(current.count, "file") + ")";
    out.disabled = !current.parent;
    matches.textContent = wanted ? counted(hitsIn(current), "matching file") + " here" : "";
  }

  svg.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && current.parent) zoom(current.parent);
  });
  window.addEventListener("resize", draw);
  return { elements: [element("div", { class: "bar" }, search, matches), element("div", { class: "bar" }, out, place), svg], draw };
}
