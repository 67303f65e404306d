"use strict";
// Text and elements. Everything that comes from a manifest becomes a text node, never HTML.

// What a reader cannot see or what changes the direction of other text is shown as an escape.
function printable(text) {
  return String(text).replace(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g,
    (found) => {
      if (found.length === 2) return found;
      const code = found.charCodeAt(0);
      if (code >= 0xdc80 && code <= 0xdcff) return "\\x" + (code - 0xdc00).toString(16);
      return code < 256 ? "\\x" + code.toString(16).padStart(2, "0") : "\\u" + code.toString(16).padStart(4, "0");
    },
  );
}

function sizeText(count) {
  if (count < 1000) return count + " B";
  let amount = count;
  for (const unit of ["kB", "MB", "GB", "TB", "PB"]) {
    amount /= 1000;
    if (Math.round(amount * 10) / 10 < 1000 || unit === "PB") return amount.toFixed(1) + " " + unit;
  }
  return String(count);
}

function counted(count, noun, plural) {
  return count.toLocaleString("en") + " " + (count === 1 ? noun : plural || noun + "s");
}

// An element with attributes; children are elements or text. `on…` attributes are listeners.
function element(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svgElement(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) made.append(child.nodeType ? child : printable(child));
  }
  return made;
}

// Runs `act` for a click, and for Enter and Space, on what is not a button by itself.
function pressable(made, act) {
  made.addEventListener("click", act);
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      act(event);
    }
  });
  return made;
}
