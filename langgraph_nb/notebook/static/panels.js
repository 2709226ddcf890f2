// The parts of the live view, each a function that makes elements and gives back { node, update(state, change) }.
// `change` is a patch, or null when everything is new. Sizes do not depend on what is in them, so that nothing jumps.

import { el, freshId, plainPath, say, seconds, show, textNode, visible } from "./dom.js";
import { control, Unreadable } from "./fields.js";
import { valuesAt } from "./store.js";

export const WORDS = { ready: "Ready", running: "Running", paused: "Waits for you", done: "Done", failed: "Failed", stopped: "Stopped" };
const TICK = 100;

/** Status, name, time, Stop. */
export function headPanel(actions, hints) {
  const badge = el("span", { class: "lgnb-dot" }), word = el("span", {}), name = el("strong", {}), thread = el("span", { class: "lgnb-thread" });
  const note = el("span", { class: "lgnb-note", role: "status" }), time = el("span", { class: "lgnb-time", title: "Time that the run took" });
  const stop = el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-stop", onclick: () => { stop.disabled = true; actions.stop(); } }, "Stop");
  const node = el("header", { class: "lgnb-head-row" }, el("span", { class: "lgnb-state", role: "status" }, badge, word), name, thread, note, stop, time);
  return {
    node,
    update(state) {
      node.dataset.status = state.status;
      say(word, WORDS[state.status] ?? state.status);
      say(name, state.name);
      say(thread, state.thread ? `thread ${state.thread}` : "");
      const hint = state.status === "running" && !hints.stops ? "To stop, interrupt the kernel." : "";
      say(note, state.note || hint);
      const running = state.status === "running";
      stop.style.visibility = running && hints.stops ? "visible" : "hidden";
      if (!running) stop.disabled = false;
    },
    tick(state, now) { say(time, seconds(state.elapsed + (state.status === "running" ? (now - state.at) / 1000 : 0))); },
  };
}

/** What the nodes put out, in order, grouped by node. */
export function logPanel(choose) {
  const list = el("div", { class: "lgnb-entries", role: "log", tabindex: "0", "aria-label": "Output of the nodes" });
  const chosen = el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-chip", hidden: true, onclick: () => choose(null), title: "Show the output of all nodes" });
  const empty = el("p", { class: "lgnb-empty" }, "Output appears here.");
  const node = el("div", { class: "lgnb-log" }, el("div", { class: "lgnb-log-head" }, el("span", {}, "Output"), chosen), empty, list);
  const made = new Map(), changed = new Set();
  let only = null;
  function place(entry) {
    changed.add(entry.i);
    const known = made.get(entry.i);
    const shown = entryNode(entry);
    if (known) { known.node.replaceWith(shown.node); made.set(entry.i, Object.assign(shown, { group: known.group })); return; }
    let group = list.lastElementChild;
    if (group?.dataset.node !== entry.node) {
      group = el("section", { class: "lgnb-output", "data-node": entry.node }, el("h5", {}, title(entry.node)));
      group.hidden = !within(entry.node, only);
      list.append(group);
    }
    group.append(shown.node);
    made.set(entry.i, Object.assign(shown, { group }));
  }
  function drop(i) {
    const known = made.get(i);
    if (!known) return;
    known.node.remove();
    changed.delete(i);
    if (known.group.childElementCount < 2) known.group.remove();
    made.delete(i);
  }
  return {
    node,
    update(state, change) {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      if (!change) { list.replaceChildren(); made.clear(); state.entries.forEach(place); }
      else {
        (change.entries ?? []).forEach((entry) => { const now = state.entries.get(entry.i); if (now) place(now); });
        for (const [i, text] of change.grown ?? []) if (made.has(i)) { made.get(i).text.appendData(visible(text)); changed.add(i); }
        (change.gone ?? []).forEach(drop);
      }
      const growing = state.status === "running" ? Math.max(...changed, ...made.keys()) : null;
      for (const i of changed) if (i !== growing) { foldIfLong(made.get(i), i === [...made.keys()].at(-1)); changed.delete(i); }
      say(empty, ["running", "ready", "paused"].includes(state.status) ? "Output appears here." : "There was no output.");
      show(empty, made.size === 0);
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
    toEnd() { list.scrollTop = list.scrollHeight; },
    only(path) {
      only = path;
      show(chosen, path !== null);
      say(chosen, path === null ? "" : `${plainPath(path)} ✕`);
      for (const group of list.children) group.hidden = !within(group.dataset.node, path);
      list.scrollTop = list.scrollHeight;
    },
  };
}

/** Whether a node is this one, or in the graph that this one runs. */
const within = (path, only) => only === null || path === only || path.startsWith(`${only}|`);

const title = (path) => (path === "__start__" ? "Input" : path === "" ? "You" : plainPath(path));

/** An entry of the log; `text` is what grows. */
export function entryNode(entry) {
  const text = textNode(entry.text);
  const more = entry.more ? el("span", { class: "lgnb-more" }, ` … ${entry.more.toLocaleString()} more characters`) : null;
  const node = el("div", { class: `lgnb-entry is-${entry.kind}` });
  const body = el(entry.kind === "change" ? "ins" : "div", entry.kind === "change" ? {} : { class: "lgnb-said" }, entry.op === "add" ? "+ " : null, text);
  if (entry.kind === "change") {
    node.append(el("code", { class: "lgnb-key" }, entry.key), ...(entry.before !== undefined ? [el("del", {}, entry.before), el("span", { class: "lgnb-arrow" }, "→")] : []), body);
  } else if (entry.kind === "message") {
    node.dataset.role = entry.role ?? "";
    node.append(el("span", { class: "lgnb-who" }, entry.role === "tool" ? `${entry.who ?? "tool"} · result` : entry.who ?? entry.role ?? ""), body);
    for (const call of entry.calls ?? []) node.append(el("code", { class: "lgnb-call" }, call));
  } else {
    if (entry.label) node.append(el("span", { class: "lgnb-who" }, entry.label));
    node.append(body);
  }
  if (more) node.append(more);
  return { node, text, body, long: entry.role === "assistant" ? LONG_ANSWER : entry.kind === "error" ? Infinity : LONG };
}

const LONG = 14, LONG_ANSWER = 60; // lines
const WIDE = 90; // characters that count as one

/** Fold an output that takes many lines, with a button that shows all of it; not an answer that ends what was put out. */
function foldIfLong(entry, last) {
  if (!entry || entry.fold || (last && entry.long === LONG_ANSWER)) return;
  const lines = entry.text.data.trimEnd().split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / WIDE), 0);
  if (lines <= entry.long) return;
  const turn = () => {
    const folded = entry.body.classList.toggle("is-folded");
    entry.fold.setAttribute("aria-expanded", String(!folded));
    say(entry.fold, folded ? `Show all ${lines} lines` : "Show less");
  };
  entry.fold = el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-chip lgnb-fold", onclick: turn });
  entry.body.after(entry.fold);
  turn();
}

/** Questions, and what to do after a failure. Who answers with the keyboard goes on with what comes next. */
export function cardsPanel(store, actions) {
  const node = el("div", { class: "lgnb-cards", tabindex: "-1" });
  const cards = new Map();
  let onward = null;
  return {
    node,
    update(state, change) {
      if (change && !("forms" in change) && !("failure" in change)) return;
      const wanted = new Set(state.forms.map((form) => form.id));
      const waits = document.activeElement === node;
      for (const [id, card] of cards) if (!wanted.has(id)) {
        if (card.node.contains(document.activeElement)) node.focus({ preventScroll: true });
        card.node.remove();
        cards.delete(id);
      }
      const held = waits || document.activeElement === node;
      state.forms.forEach((form, i) => {
        if (!cards.has(form.id)) cards.set(form.id, formCard(form, store, actions));
        const card = cards.get(form.id);
        card.update(form, state.resumable, state.forms.length > 1 ? `Question ${i + 1} of ${state.forms.length}` : "Question");
        if (node.children[i] !== card.node) node.insertBefore(card.node, node.children[i] ?? null);
      });
      onward?.remove();
      onward = onwardCard(state, actions);
      if (onward) node.append(onward);
      if (held && change) node.querySelector(FOCUSED)?.focus({ preventScroll: true });
    },
  };
}

const FOCUSED = "input:not([disabled]), select, textarea, button:not([disabled])";

function formCard(form, store, actions) {
  const titleId = freshId("question");
  const count = el("span", { class: "lgnb-count" }), message = el("span", { class: "lgnb-message", role: "alert" });
  const submit = el("button", { type: "submit", class: "lgnb-button lgnb-main", title: "Ctrl+Enter" }, form.submit);
  const body = control(form.root, store.drafts.get(form.id), () => {
    say(submit, label());
    try { store.drafts.set(form.id, body.read()); } catch { /* kept as it was */ }
  });
  const label = () => body.way?.() || form.submit;
  const fields = el("div", { class: "lgnb-body" }, body.node);
  const node = el("form", { class: "lgnb-card is-paused", "aria-labelledby": titleId, novalidate: true, tabindex: "-1" },
    count, el("p", { class: "lgnb-question", id: titleId }, form.question), contextNode(form.context), fields,
    el("div", { class: "lgnb-actions" }, submit, message));
  let sent = true, told = "{}";
  const busy = (on) => { submit.disabled = on; say(submit, on ? "Sending…" : label()); };
  const refuse = (errors) => {
    body.accept(errors);
    const loose = errors.size ? errors.get("") ?? "Some fields need another look." : "";
    say(message, loose);
    const wrong = errors.size ? node.querySelector("[aria-invalid]") : null;
    (wrong?.matches("fieldset") ? wrong.querySelector(FOCUSED) : wrong)?.focus();
  };
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      if (!submit.disabled) node.requestSubmit();
    } else if (event.key === "Escape" && event.target !== node) {
      event.stopPropagation();
      node.focus({ preventScroll: true }); // out of the field; what was put in stays
    }
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    let value;
    try {
      value = body.read();
    } catch (problem) {
      if (!(problem instanceof Unreadable)) throw problem;
      refuse(new Map([[problem.path, problem.message]]));
      return;
    }
    refuse(new Map());
    busy(true);
    sent = true;
    actions.answer(form.id, value === undefined ? null : value, (lost) => { busy(false); say(message, lost); });
  });
  say(submit, label());
  return {
    node,
    update(now, answerable, heading) {
      say(count, heading);
      show(submit, answerable);
      const errors = JSON.stringify(now.errors ?? {});
      if (sent || errors !== told) { // what became of another card's answer is none of this one's
        busy(false);
        refuse(new Map(Object.entries(now.errors ?? {})));
      }
      [sent, told] = [false, errors];
      if (!answerable) say(message, "The graph has no checkpointer, so the run cannot go on from here. Compile it with one, then run again.");
    },
  };
}

function contextNode(items) {
  if (!items?.length) return null;
  return el("dl", { class: "lgnb-context" }, ...items.flatMap((item) => {
    const value = item.columns?.length ? tableNode(item) : el("pre", {}, item.text ?? "");
    return [item.label ? el("dt", {}, item.label) : null, el("dd", {}, value)];
  }));
}

function tableNode(item) {
  const numeric = item.columns.map((_, i) => item.rows.every((row) => row[i] === "" || !Number.isNaN(Number(row[i]))));
  const cells = (row, tag) => row.map((cell, i) => el(tag, { class: numeric[i] ? "lgnb-num" : undefined, scope: tag === "th" ? "col" : undefined }, cell));
  return el("div", { class: "lgnb-scroll lgnb-short" }, el("table", { class: "lgnb-table" },
    el("thead", {}, el("tr", {}, ...cells(item.columns, "th"))),
    el("tbody", {}, ...item.rows.map((row) => el("tr", {}, ...cells(row, "td"))))),
    item.text ? el("p", { class: "lgnb-about" }, item.text) : null);
}

function onwardCard(state, actions) {
  if (state.step) return state.status === "failed" && state.failure ? el("section", { class: "lgnb-card is-failed", "aria-label": "Failure" }, failureNode(state.failure),
    el("p", { class: "lgnb-about" }, "Edit the cell that defines it, run that cell, then Retry. What has finished is kept.")) : null;
  const failed = state.status === "failed" && state.failure, waits = state.status === "stopped" || (state.status === "paused" && !state.forms.length);
  if (!failed && !(waits && state.resumable)) return null;
  const message = el("span", { class: "lgnb-message", role: "alert" });
  const go = el("button", { type: "button", class: "lgnb-button lgnb-main", onclick: () => {
    go.disabled = true;
    actions.resume((lost) => { go.disabled = false; say(message, lost); });
  } }, failed || state.status === "stopped" ? "Resume" : "Continue");
  const mend = failed && failed.node ? "Edit the cell that defines it, run that cell, then Resume." : "When that is over, Resume.";
  const next = failed
    ? state.resumable ? `${mend} What has finished is kept.` : "Nothing was stored (the graph has no checkpointer): edit the cell, then run again."
    : state.status === "stopped" ? "Stopped. What has finished is kept." : state.note;
  return el("section", { class: `lgnb-card is-${failed ? "failed" : "paused"}`, "aria-label": failed ? "Failure" : "Paused" },
    failed ? failureNode(state.failure) : null,
    el("div", { class: "lgnb-actions" }, state.resumable ? go : null, el("span", { class: "lgnb-about" }, next), message));
}

const failureStep = ({ step, keys }) => (step === undefined ? "" : `, step ${step}${keys ? `; state keys: ${keys}` : ""}`);

function failureNode(failure) {
  const frames = failure.frames.flatMap((frame) => [
    el("div", { class: "lgnb-frame" }, `${frame.file}, line ${frame.line}${frame.name === "<module>" ? "" : `, in ${frame.name}`}`), frame.code ? el("pre", { class: "lgnb-code" }, frame.code) : null]);
  const where = failure.node ? el("span", { class: "lgnb-count" }, `In ${plainPath(failure.node)}${failureStep(failure)}`) : null;
  return el("div", {}, where, el("p", { class: "lgnb-question" }, el("strong", {}, failure.kind), failure.message ? `: ${failure.message}` : ""), ...frames);
}

/** The states after each step, to look back at. */
export function stepsPanel(point) {
  const slider = el("input", { type: "range", class: "lgnb-slider", min: "0", max: "0", step: "1", "aria-label": "Step", oninput: () => draw() });
  const where = el("output", { class: "lgnb-where" }), body = el("tbody", {});
  const summary = el("summary", {}, "Steps");
  const values = el("div", { class: "lgnb-scroll lgnb-values" }, el("table", { class: "lgnb-table" }, body));
  const node = el("details", { class: "lgnb-steps", hidden: true, ontoggle: () => { if (!node.open) point(new Set()); else draw(); } }, summary,
    el("div", { class: "lgnb-slide" }, slider, where), values);
  let steps = [];
  function draw() {
    const at = Number(slider.value), step = steps[at];
    if (!step) return;
    slider.style.setProperty("--lgnb-at", `${(at / Math.max(1, steps.length - 1)) * 100}%`);
    const ran = step.ran.length ? step.ran.map(plainPath).join(", ") : "the input";
    say(where, `${at + 1} of ${steps.length}, after ${ran}`);
    slider.setAttribute("aria-valuetext", where.textContent);
    const changes = new Map(step.changes.map((change) => [change.key, change]));
    body.replaceChildren(...Object.entries(valuesAt(steps, at)).map(([key, value]) => valueRow(key, value, changes.get(key))));
    const changed = body.querySelector(".is-changed");
    values.scrollTop = changed ? changed.offsetTop - body.offsetTop : 0;
    if (node.open) point(at < steps.length - 1 ? new Set(step.ran) : new Set());
  }
  return {
    node,
    update(state, change) {
      steps = state.steps;
      const ended = !["running", "ready"].includes(state.status);
      if (!ended) { show(node, false); return; }
      if (change && !change.steps && !node.hidden) return;
      slider.max = String(Math.max(0, steps.length - 1));
      slider.value = slider.max;
      slider.disabled = steps.length < 2;
      say(summary, steps.length === 1 ? "State" : `State after each of ${steps.length} steps`);
      if (node.hidden) node.open = state.status === "done";
      show(node, steps.length > 0);
      draw();
    },
  };
}

function valueRow(key, value, change) {
  const by = change?.by.length ? el("span", { class: "lgnb-by" }, ` by ${change.by.map(plainPath).join(", ")}`) : null;
  const was = change?.before !== undefined ? el("del", { class: "lgnb-was" }, change.before) : null;
  return el("tr", { class: change ? "is-changed" : "" }, el("th", { scope: "row" }, key, by), el("td", {}, was, el("pre", {}, value)));
}

export { TICK };
