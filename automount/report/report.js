"use strict";
// The page: the answer first, then a section for each question.

function section(id, title, ...children) {
  return element("section", { id, "aria-labelledby": id + "-title" }, element("h2", { id: id + "-title" }, title), children);
}

function tableOrNothing(id, noun, columns, rows, words, nothing) {
  return rows.length ? searchTable(id, noun, columns, rows, words) : [element("p", { class: "soft" }, nothing)];
}

function card(kind, title, ...rest) {
  return element("div", { class: kind }, element("strong", {}, title), rest);
}

function contents(sections) {
  return element("nav", { "aria-label": "Sections" }, element("ul", {}, sections.map((made) =>
    element("li", {}, element("a", { href: "#" + made.id }, made.querySelector("h2").textContent)))));
}

function verdictCard(verdict) {
  if (!verdict) {
    return card("mild", "Not verified yet", element("p", {}, "Run ", element("code", {}, "automount verify --json > verdict.json"), ", then ", element("code", {}, "automount report --verdict verdict.json"), "."));
  }
  const [kind, words] = {
    "sufficient": ["good", "✓ Verified: sufficient"],
    "not-proven": ["mild", "? Not proven"],
    "not-sufficient": ["bad", "✗ Not sufficient"],
  }[verdict.verdict];
  const how = verdict.title ? "Sandbox: " + verdict.title + (verdict.strength ? " (" + verdict.strength + ")" : "") : "";
  return card(kind, words, element("p", {}, how));
}

function completeCard(data) {
  if (data.complete) return card("good", "✓ Complete", element("p", {}, "Every Python process was recorded."));
  return card("bad", "✗ Incomplete", element("p", {}, data.incomplete.length
    ? counted(data.incomplete.length, "process was", "processes were") + " not recorded; see Warnings."
    : "The recording says so without naming a process."));
}

function localOf(row, mounts) {
  if (row.length > 3) return row[3];
  const mount = mounts[row[2][0]];
  return mount[1] + row[0].slice(mount[2].length);
}

// Why a file is there: the module that was loaded from it, and the mounts that contain it.
function reasonOf(row, data, loaded) {
  const local = localOf(row, data.mounts);
  const reasons = [];
  for (const index of loaded.get(local) || []) {
    const module = data.modules[index];
    reasons.push(module[5]
      ? "loaded as " + module[0] + ", requested by " + module[5] + (module[3] ? ", line " + module[3] : "")
      : "loaded as " + module[0]);
  }
  for (const index of row[2]) {
    const [label, , , because] = data.mounts[index];
    reasons.push("in " + label + (reasons.length || !because.length ? "" : ": " + because.join("; ")));
  }
  return reasons.join("; ");
}

function processTree(rows) {
  const below = new Map();
  const known = new Set(rows.map((row) => row[0]));
  for (const row of rows) {
    const parent = known.has(row[1]) ? row[1] : null;
    below.set(parent, [...(below.get(parent) || []), row]);
  }
  const list = (parent, depth) => element("ul", { class: depth ? null : "tree" }, (below.get(parent) || []).map((row) =>
    element("li", {}, element("code", {}, row[3]), element("span", { class: "soft" }, " process " + row[0] + ", pid " + row[2] + ", Python " + row[4]),
      below.has(row[0]) && depth < 200 ? list(row[0], depth + 1) : null)));
  return list(null, 0);
}

function manifestPage(main, data) {
  const total = data.files.reduce((sum, row) => sum + row[1], 0);
  const loaded = new Map();
  data.modules.forEach((row, index) => { if (row[1]) loaded.set(row[1], [...(loaded.get(row[1]) || []), index]); });
  const map = data.files.length ? treemap(data.files, data.root) : null;
  const ended = data.exit_code === null ? "unknown exit status" : data.exit_code < 0 ? "ended by signal " + -data.exit_code : "exit status " + data.exit_code;

  const sections = [
    section("warnings", "Warnings",
      tableOrNothing("incomplete", "processes that were not recorded",
        [["Not recorded", (row) => element("code", {}, row[0] + " (pid " + row[1] + ")")], ["What to do", (row) => row[2]]],
        data.incomplete, (row) => row.join(" "), "Every Python process was recorded."),
      tableOrNothing("warnings", "warnings",
        [["Warning", (row) => [element("code", {}, row[0]), element("p", {}, row[1])]], ["Path", (row) => path(row[2] || "")], ["What to do", (row) => row[3]]],
        data.warnings, (row) => row.join(" "), "There are no warnings.")),
    section("size", "What ships, by size", map ? map.elements : element("p", { class: "soft" }, "No files ship.")),
    section("imports", "Import graph",
      data.modules.length ? importGraph(data.modules) : element("p", { class: "soft" }, "No module of your own was loaded.")),
    section("files", "Files",
      tableOrNothing("files", "files",
        [["Size", (row) => sizeText(row[1]), true], ["Remote path", (row) => path(row[0])], ["Why", (row) => reasonOf(row, data, loaded)],
          ["Local path", (row) => path(localOf(row, data.mounts))]],
        data.files, (row) => row[0] + " " + localOf(row, data.mounts) + " " + reasonOf(row, data, loaded), "No files ship.")),
    section("skipped", "Left out",
      tableOrNothing("skipped", "what was left out",
        [["Local path", (row) => path(row[0])], ["Reason", (row) => [element("code", {}, row[1]), " ", row[2]]]],
        data.skipped, (row) => row.join(" "), "Nothing was left out.")),
    section("data-files", "Data files",
      tableOrNothing("data", "data files",
        [["Local path", (row) => path(row[0])], ["Read by", (row) => row[1] || "unknown"],
          ["Shipped to", (row) => (row[2] ? path(row[2]) : "not shipped")]],
        data.data, (row) => row.join(" "), "The program read no local data file.")),
    section("requirements", "Requirements",
      tableOrNothing("requirements", "requirements",
        [["Distribution", (row) => row[0]], ["Version", (row) => row[1]], ["Source", (row) => row[2] || ""]],
        data.requirements, (row) => row.join(" "), "No installed distribution was used.")),
    section("processes", "Processes", processTree(data.processes)),
  ];
  document.title = "automount report: " + printable(data.title);
  main.replaceChildren(
    element("h1", {}, data.title),
    element("div", { class: "answer", id: "answer" },
      card("", counted(data.files.length, "file") + ", " + sizeText(total), element("p", {}, "ship below ", path(data.root)), element("p", { class: "path soft", id: "digest" }, data.digest)),
      completeCard(data), verdictCard(data.verdict),
      card(data.warnings.length ? "mild" : "", counted(data.warnings.length, "warning"), element("p", { class: "soft" }, ended + ", Python " + data.python + ", " + data.platform + ", " + data.created))),
    contents(sections), ...sections);
  if (map) map.draw();
}

function differencePage(main, data) {
  const side = (name, totals) => card(totals[3] ? "" : "bad", name + ": " + counted(totals[1], "file") + ", " + sizeText(totals[2]),
    element("p", {}, totals[3] ? "complete" : "incomplete"), element("p", { class: "path soft" }, totals[0]));
  const text = (value, none) => (value === null ? none : value);
  const what = (row) => (row[1] === null ? "added" : row[2] === null ? "removed" : "changed");
  const changes = (id, title, nothing) => section(id, title, tableOrNothing(id, title.toLowerCase(),
    [["What", (row) => row[0]], ["Change", what], ["Before", (row) => text(row[1], "none")], ["After", (row) => text(row[2], "none")]],
    data[id], (row) => row.join(" "), nothing));
  const size = (value) => (value === null ? "none" : sizeText(value));
  const sections = [
    changes("program", "Program", "The program is the same."),
    section("mounts", "Mounts", tableOrNothing("mounts", "mounts",
      [["Mount", (row) => row[0]], ["Remote path", (row) => path(row[1])], ["Change", (row) => row[2]]],
      data.mounts, (row) => row.join(" "), "The mounts are the same.")),
    section("files", "Files", tableOrNothing("files", "files",
      [["Remote path", (row) => path(row[0])], ["Change", what], ["Before", (row) => size(row[1]), true], ["After", (row) => size(row[2]), true]],
      data.files, (row) => row[0] + " " + what(row), "The files are the same.")),
    changes("requirements", "Requirements", "The requirements are the same."),
  ];
  document.title = "automount report: " + printable(data.title);
  main.replaceChildren(
    element("h1", {}, data.title + (data.differ ? " differ" : " do not differ")),
    element("div", { class: "answer", id: "answer" }, side("Before", data.before), side("After", data.after)),
    contents(sections), ...sections);
}

(function start() {
  const main = document.getElementById("content");
  const data = JSON.parse(document.getElementById("data").textContent);
  (data.kind === "difference" ? differencePage : manifestPage)(main, data);
  document.documentElement.setAttribute("data-ready", "yes");
})();
