// The page is complete without this script: every claim is there, every figure is
// a drawing. Here it becomes easier to move about in. Text of the records only
// ever passes through textContent and dataset, never through markup.
"use strict";

const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// The data the page carries: the figure and the record of every claim by its id, the table.
// Unpacked when first needed.
let unpacking;
function data() {
  unpacking ??= (async () => {
    const bytes = Uint8Array.from(atob(byId("packed").textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  })();
  return unpacking;
}

// ---- Figures: drawn again by Vega, with numbers under the pointer -------------

const embedding = {
  actions: false,
  ast: true, // expressions are interpreted: the content-security policy forbids eval
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true },
};

async function enliven(drawing) {
  const [figure] = (await data()).claims[drawing.dataset.figure];
  const width = Math.round(drawing.clientWidth);
  const height = Math.round(Math.min(320, 150 + width / 3.6));
  const autosize = { type: "fit", contains: "padding" };
  const specification = { ...figure, width, height, autosize };
  const stage = document.createElement("div");
  await vegaEmbed(stage, specification, embedding);
  // The figure has one description as a whole; Vega's parts would be images without a name.
  for (const part of all("[role]", stage)) {
    part.removeAttribute("role");
    part.removeAttribute("aria-roledescription");
  }
  drawing.replaceChildren(stage);
}

const arriving = new IntersectionObserver(
  (sightings) => {
    for (const { isIntersecting, target } of sightings) {
      if (!isIntersecting) continue;
      arriving.unobserve(target);
      enliven(target);
    }
  },
  { rootMargin: "300px" },
);
for (const drawing of all("[data-figure]")) arriving.observe(drawing);

let resizing;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const drawing of all("[data-figure]")) arriving.observe(drawing);
  }, 200);
});

// ---- The table: search, filter, group, sort ------------------------------------

const table = document.querySelector("table.claims");
const articles = new Map(all("article[data-entry]").map((a) => [a.dataset.entry, a]));
const discussions = JSON.parse(table.dataset.discussions);
const entries = all("tbody.entry", table).map((body, order) => ({
  body,
  order,
  article: articles.get(body.dataset.entry),
  values: { ...body.dataset, discussion: discussions[body.dataset.discussion] },
  // Beside pages of their own the claims' prose is not here.
  text: (body.textContent + (articles.get(body.dataset.entry)?.querySelector(".text").textContent ?? ""))
    .toLowerCase(),
}));
const filters = ["outcome", "topic", "discussion", "provenance", "device"].filter((name) => byId(`by-${name}`));
const sorting = { by: null, descending: false };

const severity = ["unexpected", "inconclusive", "uncontrolled", "refuted", "supported"];
const numeric = new Set(["estimate", "band"]);
const columns = { seeds: 5, control: 6 };

function sortKey({ body, values }, by) {
  if (by === "outcome") return severity.indexOf(values.outcome);
  if (by === "name") return body.querySelector(".name").textContent;
  // What differs between a claim's variants stands with them.
  if (by in columns) return body.querySelector(`td:nth-child(${columns[by]}):not(:empty)`).textContent;
  return numeric.has(by) ? Number(values[by]) : values[by];
}

function compared(a, b) {
  if (!sorting.by) return a.order - b.order;
  const [x, y] = [sortKey(a, sorting.by), sortKey(b, sorting.by)];
  const ascending = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y || 0;
  return (sorting.descending ? -ascending : ascending) || a.order - b.order;
}

function matches({ text, values }) {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    words.every((word) => text.includes(word)) &&
    filters.every((name) => !byId(`by-${name}`).value || byId(`by-${name}`).value === values[name])
  );
}

// What nobody said stands apart, behind what was: background, then instruments.
const shares = [undefined, "background", "instruments"];
const outcomes = new Map([...byId("by-outcome").options].map(({ value, text }) => [value, text]));
function groupTitle({ values }, by) {
  const title = by === "outcome" ? outcomes.get(values.outcome) : values[by].replaceAll("_", " ");
  return values.share ? `${values.share}: ${title}` : title;
}

function heading(title) {
  const body = document.createElement("tbody");
  body.className = "group";
  const cell = document.createElement("th");
  cell.colSpan = 6;
  cell.scope = "rowgroup";
  cell.textContent = title;
  body.insertRow().append(cell);
  return body;
}

// The groups in their order, each with its heading and its entries.
let groups = [];

function arrange() {
  const by = byId("group").value;
  const members = new Map();
  for (const entry of [...entries].sort(compared)) {
    const title = by ? groupTitle(entry, by) : null;
    members.set(title, [...(members.get(title) ?? []), entry]);
  }
  const rank = ([, [entry]]) => shares.indexOf(entry.values.share);
  const ordered = [...members];
  if (by && !sorting.by && by !== "outcome") ordered.sort();
  if (by) ordered.sort((one, other) => rank(one) - rank(other));
  for (const group of all("tbody.group", table)) group.remove();
  groups = ordered.map(([title, own]) => ({ head: title === null ? null : heading(title), own }));
  table.append(...groups.flatMap(({ head, own }) => [...(head ? [head] : []), ...own.map(({ body }) => body)]));
  filter();
}

function filter() {
  let shown = 0;
  for (const { head, own } of groups) {
    let any = false;
    for (const entry of own) {
      const hidden = !matches(entry);
      if (entry.body.hidden !== hidden) entry.body.hidden = hidden;
      if (entry.article && entry.article.hidden !== hidden) entry.article.hidden = hidden;
      any ||= !hidden;
      shown += !hidden;
    }
    if (head) head.hidden = !any;
  }
  const count = `${shown} of ${entries.length} claims`;
  document.querySelector(".found").textContent = shown ? count : "No claim matches.";
  remember();
}

// The view is part of the address, so that it can be sent: #?outcome=refuted
const controls = ["search", "group", ...filters.map((name) => `by-${name}`)];
const initial = new Map(controls.map((id) => [id, byId(id).value]));

function remember() {
  const query = new URLSearchParams();
  for (const id of controls) {
    if (byId(id).value !== initial.get(id)) query.set(id.replace("by-", ""), byId(id).value);
  }
  if (sorting.by) query.set("sort", (sorting.descending ? "-" : "") + sorting.by);
  const viewing = location.hash.startsWith("#?");
  if (String(query)) history.replaceState(null, "", `#?${query}`);
  else if (viewing) history.replaceState(null, "", "#");
}

function recall() {
  if (!location.hash.startsWith("#?")) return;
  const query = new URLSearchParams(location.hash.slice(2));
  for (const id of controls) {
    const value = query.get(id.replace("by-", ""));
    if (value !== null) byId(id).value = value;
  }
  const sort = query.get("sort");
  if (sort) sortBy(sort.replace(/^-/, ""), sort.startsWith("-"));
}

function sortBy(by, descending) {
  sorting.by = by;
  sorting.descending = descending;
  for (const header of all("th[data-sort]", table)) {
    const active = header.dataset.sort === by;
    if (active) header.ariaSort = descending ? "descending" : "ascending";
    else header.removeAttribute("aria-sort");
  }
}

for (const header of all("th[data-sort]", table)) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = header.textContent;
  header.replaceChildren(button);
  button.addEventListener("click", () => {
    const by = header.dataset.sort;
    const again = sorting.by === by;
    if (again && sorting.descending) sortBy(null, false);
    else sortBy(by, again);
    arrange();
  });
}

for (const { body } of entries) {
  const variants = all("tr + tr", body);
  if (!variants.length) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "unfold";
  const unfold = (open) => {
    button.ariaExpanded = String(open);
    button.textContent = open ? "hide variants" : `${variants.length} variants`;
    for (const row of variants) row.hidden = !open;
  };
  button.addEventListener("click", () => unfold(button.ariaExpanded !== "true"));
  const summary = body.rows[0].cells[0];
  summary.append(button);
  unfold(false);
}

for (const id of controls) byId(id).addEventListener("input", id === "group" ? arrange : filter);
byId("clear").addEventListener("click", () => {
  for (const [id, value] of initial) byId(id).value = value;
  sortBy(null, false);
  arrange();
  byId("search").focus();
});

// ---- Permalinks, keys ------------------------------------------------------------

// A link to a claim shows it even if a filter hides it, and moves the focus there.
function visit() {
  const name = decodeURIComponent(location.hash.slice(1));
  const target = byId(name);
  const article = target?.closest("article");
  if (!article) {
    // A permalink from when all claims were on one page: on to the claim's own.
    const links = all("th > a", table).map((a) => [a.pathname.split("/").pop().replace(/[.]html$/, ""), a]);
    const [, link] = links.find(([claim, a]) => name === (a.hash ? `${claim}-${a.hash.slice(1)}` : claim)) ??
      links.find(([claim]) => name.startsWith(`${claim}-`)) ?? [];
    if (link) location.replace(link.href);
    return;
  }
  if (article.hidden) {
    for (const [id, value] of initial) byId(id).value = value;
    const hash = location.hash;
    arrange();
    history.replaceState(null, "", hash);
  }
  target.scrollIntoView();
  article.focus({ preventScroll: true });
}
addEventListener("hashchange", visit);

function step(direction) {
  if (!articles.size) {
    const links = all("tbody.entry:not([hidden]) > tr:first-child > th > a", table);
    const place = links.indexOf(document.activeElement);
    links[place < 0 && direction < 0 ? links.length - 1 : place + direction]?.focus();
    return;
  }
  const shown = all("article.claim:not([hidden])");
  const line = 2 + parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop);
  const tops = shown.map((article) => article.getBoundingClientRect().top);
  const next =
    direction > 0 ? tops.findIndex((top) => top > line) : tops.findLastIndex((top) => top < -line);
  if (next >= 0) location.hash = shown[next].id;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target === byId("search")) event.target.blur();
  if (event.target.closest("input, select, textarea")) return;
  const actions = {
    "/": () => byId("search").focus(),
    j: () => step(1),
    k: () => step(-1),
    t: () => {
      byId("overview-title").scrollIntoView();
      byId("search").focus({ preventScroll: true });
    },
  };
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
});

// ---- Theme, copying, downloads -----------------------------------------------------

const themes = { "": "automatic", light: "light", dark: "dark" };
function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").textContent = `Theme: ${themes[theme]}`;
}
byId("theme").addEventListener("click", () => {
  const order = Object.keys(themes);
  const now = order.indexOf(document.documentElement.dataset.theme ?? "");
  setTheme(order[(now + 1) % order.length]);
});

for (const command of all(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const text = command.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(command.querySelector("code"));
      button.textContent = "Selected";
    }
  });
  command.append(button);
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// As the harness writes evidence.json: an array, a record a line.
async function records() {
  const lines = Object.values((await data()).claims).map(([, record]) => record);
  return lines.length ? `[\n${lines.join(",\n")}\n]\n` : "[]\n";
}

const downloads = {
  records: async () => save("evidence.json", "application/json", await records()),
  table: async () => save("evidence.csv", "text/csv", (await data()).table),
};
for (const [kind, download] of Object.entries(downloads)) {
  for (const link of all(`[data-download="${kind}"]`)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      download();
    });
  }
}
for (const link of all('[data-download="record"]')) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const { id } = link.closest("[id]");
    const record = JSON.parse((await data()).claims[id][1]);
    save(`${id}.json`, "application/json", JSON.stringify([record], null, 1));
  });
}

document.querySelector(".toolbar").hidden = byId("theme").hidden = false;
recall();
arrange();
if (location.hash) visit();
