// The picture of a graph as part of a view: statuses as classes, subgraphs that open in place, progress as bars.
// Its layouts come from the kernel; this file only chooses one, and knows nothing of what nodes put out.

import { el, pictureFrom, plainPath, say, seconds, visible } from "./dom.js";
import { edgeKey } from "./store.js";

const SVG = "http://www.w3.org/2000/svg";
const HIGH = 536; // px; higher pictures are made smaller, down to 72 %

/** The picture panel. `model` has the pictures by what is open in them; clicking a node shows its output only, clicking
    the sign on a subgraph opens or closes it, which the kernel is told. `resized(width, height)` is called when another
    picture is shown. */
export function picturePanel(model, actions, choose, resized) {
  const node = el("div", { class: "lgnb-canvas-box" });
  const subgraphs = new Set(model.get("hints").subgraphs ?? []);
  let wanted = model.get("opened"); // as messages: a trait that is changed twice waits for the cell to end
  let nodes = new Map(), edges = [], open = [], shown = null, chosen = null, pointed = new Set(), last = null;

  function draw(growing) {
    const pictures = model.get("pictures"), key = bestKey(Object.keys(pictures), wanted, growing);
    if (key === shown) return;
    const focused = document.activeElement?.closest?.("[data-node]")?.dataset.node, held = node.contains(document.activeElement);
    [shown, open] = [key, JSON.parse(key)];
    const svg = pictureFrom(pictures[key]);
    [nodes, edges] = [new Map(), []];
    if (!svg) return;
    bare(svg);
    svg.querySelectorAll("[data-node]").forEach((shape) => nodes.set(shape.dataset.node, prepared(shape, choose)));
    svg.querySelectorAll("[data-edge-source]").forEach((shape) => edges.push(shape));
    for (const path of subgraphs) sign(nodes.get(path), path, open.includes(path), turn);
    const [width, height] = ["width", "height"].map((side) => Number(svg.getAttribute(side)));
    const scale = Math.max(0.72, Math.min(1, HIGH / height));
    svg.style.width = `${Math.ceil(width * scale)}px`;
    node.replaceChildren(svg);
    resized(Math.ceil(width * scale), Math.ceil(height * scale));
    if (last) update(last, null);
    mark();
    if (held) nodes.get(focused)?.sign?.focus({ preventScroll: true });
  }

  /** Open or close a subgraph; what is in one that closes, closes too. */
  function turn(path) {
    const closes = open.includes(path);
    wanted = closes ? open.filter((one) => one !== path && !one.startsWith(`${path}|`)) : [...open, path];
    actions.open(wanted);
    draw(!closes);
  }

  function mark() {
    for (const [name, shape] of nodes) {
      shape.box.classList.toggle("is-chosen", name === chosen);
      shape.box.classList.toggle("is-pointed", pointed.has(name));
    }
  }

  function update(state, change) {
    last = state;
    for (const path of change ? Object.keys(change.nodes ?? {}) : state.nodes.keys()) {
      dress(nodes.get(path), state.nodes.get(path), path);
      if (change && ["running", "paused", "failed"].includes(state.nodes.get(path).status)) reveal(node, nodes.get(path)?.box);
    }
    if (!change || change.edges) for (const shape of edges) {
      shape.classList.toggle("is-taken", state.edges.has(edgeKey([shape.dataset.edgeSource, shape.dataset.edgeTarget])));
    }
  }

  return {
    node,
    draw: () => draw(true),
    update,
    tick(state, now) {
      for (const [path, one] of state.nodes) if (one.status === "running") setMeta(nodes.get(path), one, (now - state.at) / 1000);
    },
    choose(path) { chosen = path; mark(); },
    point(names) { pointed = names; mark(); },
  };
}

/** The picture with just this open; while the kernel has not sent it, the nearest with more, or with less, open. */
function bestKey(keys, wanted, growing) {
  const sets = keys.map((key) => [key, JSON.parse(key)]);
  const exact = sets.find(([, open]) => open.length === wanted.length && wanted.every((path) => open.includes(path)));
  if (exact) return exact[0];
  const near = sets.filter(([, open]) => (growing ? wanted.every((path) => open.includes(path)) : open.every((path) => wanted.includes(path))));
  near.sort(([, one], [, other]) => (growing ? one.length - other.length : other.length - one.length));
  return (near[0] ?? sets[0])[0];
}

/** Without what is for a picture that stands alone. */
function bare(svg) {
  svg.removeAttribute("aria-labelledby");
  svg.removeAttribute("style");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Picture of the graph");
  svg.querySelectorAll("[id]").forEach((titled) => titled.removeAttribute("id"));
}

/** Scroll a picture that is higher than its place, and only that, until a node is in sight. */
function reveal(place, box) {
  if (!box || place.scrollHeight <= place.clientHeight) return;
  const seen = place.getBoundingClientRect(), at = box.getBoundingClientRect();
  if (at.bottom > seen.bottom - 8) place.scrollTop += at.bottom - seen.bottom + 48;
  else if (at.top < seen.top + 8) place.scrollTop -= seen.top - at.top + 48;
}

function prepared(box, choose) {
  const path = box.dataset.node, meta = box.querySelector(":scope > .lgnb-meta"), rect = box.querySelector(":scope > .lgnb-box");
  if (!meta) return { box };
  box.setAttribute("tabindex", "0");
  box.setAttribute("role", "button");
  const pick = (event) => { event.stopPropagation(); choose(path); };
  box.addEventListener("click", pick);
  box.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(event); } });
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(rect.getAttribute(name)));
  const bar = shape("rect", { class: "lgnb-bar", x: x + 10, y: y + h - 5.5, height: 3, rx: 1.5, width: 0 });
  rect.after(bar);
  return { box, meta, bar, length: w - 20, area: { x, y, w } };
}

function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The button on a subgraph that opens it, or closes it again. */
function sign(subgraph, path, isOpen, turn) {
  if (!subgraph?.area) return;
  const { x, y, w } = subgraph.area;
  const at = isOpen ? [x + w - 16, y + 16] : [x + w - 14, y + 14];
  if (isOpen) subgraph.meta.setAttribute("x", Number(subgraph.meta.getAttribute("x")) - 20);
  const button = shape("g", {
    class: "lgnb-sign", role: "button", tabindex: "0", transform: `translate(${at[0]} ${at[1]})`, "aria-expanded": String(isOpen),
    "aria-label": visible(`${isOpen ? "Close" : "Open"} ${plainPath(path)}`),
  }, shape("circle", { class: "lgnb-reach", r: 12 }), shape("circle", { r: 6.5 }), shape("path", { d: isOpen ? "M-3 0H3" : "M-3 0H3M0 -3V3" }));
  const go = (event) => { event.stopPropagation(); event.preventDefault(); turn(path); };
  button.addEventListener("click", go);
  button.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") go(event); });
  subgraph.box.append(button);
  subgraph.sign = button;
}

function dress(drawn, one, path) {
  if (!drawn || !one) return;
  const { box } = drawn;
  if (!box.classList.contains(`is-${one.status}`)) {
    for (const name of [...box.classList]) if (/^is-(?!chosen|pointed)/.test(name)) box.classList.remove(name);
    box.classList.add(`is-${one.status}`);
    if (drawn.meta) box.setAttribute("aria-label", visible(`${plainPath(path)}, ${one.status}`));
  }
  if (!drawn.meta) return;
  setMeta(drawn, one, 0);
  const part = one.progress ?? (one.total && one.status === "running" ? one.done / one.total : 0);
  const length = String(one.status === "running" ? Math.round(part * drawn.length) : 0);
  if (drawn.bar.getAttribute("width") !== length) drawn.bar.setAttribute("width", length);
}

function setMeta(drawn, one, more) {
  if (!drawn?.meta) return;
  const parts = [];
  if (one.total) parts.push(`${one.done} of ${one.total}`);
  else if (one.visits > 1) parts.push(`${one.visits}×`);
  const spent = one.spent + more;
  if (spent >= 0.05 && !["cached", "paused", "waiting"].includes(one.status)) parts.push(seconds(spent));
  say(drawn.meta, parts.join(" · "));
}
