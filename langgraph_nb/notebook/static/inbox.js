// The inbox: a row for each thread that waits, which opens to its cards and to what comes of an answer.

import { createActions } from "./actions.js";
import { el, freshId, keepKeys, plainPath, say, show } from "./dom.js";
import { createStore } from "./store.js";
import { cardsPanel, logPanel, stepsPanel, WORDS } from "./panels.js";

const FEW = 3; // so many rows are open from the beginning; of more, the first one

const when = (since) => {
  const date = new Date(since);
  if (Number.isNaN(date.valueOf())) return "";
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(undefined, { ...(today ? {} : { day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit" });
};

/** The line of a row: status, graph, thread, node, since when, and what is asked. */
function rowHead(item) {
  const badge = el("span", { class: "lgnb-state" }, el("span", { class: "lgnb-dot" })), word = el("span", {});
  const asked = el("span", { class: "lgnb-asked" });
  badge.append(word);
  const since = when(item.since), nodes = item.nodes.map(plainPath).join(", ");
  const facts = [`thread ${item.thread}`, nodes && `at ${nodes}`, since && `since ${since}`].filter(Boolean).join(" · ");
  const node = el("summary", { class: "lgnb-row-head" }, badge, el("strong", {}, item.graph || "unknown graph"), el("span", { class: "lgnb-facts" }, facts), asked);
  return {
    node,
    update(status, text, what) { node.dataset.status = status; say(word, text); say(asked, what); show(asked, what !== ""); },
  };
}

/** A row that cannot be answered here: somebody else is at it, or its graph is not here. */
function quietRow(item) {
  const head = rowHead(item);
  head.update(item.standing, item.standing === "running" ? "Busy" : "Waits", item.asked.join(" "));
  return { node: el("details", { class: "lgnb-row" }, head.node, el("p", { class: "lgnb-hint" }, item.hint)), close: () => {}, key: item.key };
}

function openRow(item, store, actions, open) {
  const head = rowHead(item), note = el("p", { class: "lgnb-hint", role: "status" });
  const log = logPanel(() => {}), cards = cardsPanel(store, actions), steps = stepsPanel(() => {});
  const body = el("div", { class: "lgnb-row-body" }, note, log.node, cards.node, steps.node);
  const node = el("details", { class: "lgnb-row", open }, head.node, body);
  const update = (state, change) => {
    [log, cards, steps].forEach((panel) => panel.update(state, change));
    head.update(state.status, WORDS[state.status] ?? state.status, state.forms.map((form) => form.question.split("\n")[0]).join(" · "));
    say(note, state.note);
    show(note, state.note !== "");
    show(log.node, state.entries.size > 0);
    if (state.status === "paused") show(steps.node, false);
  };
  update(store.state, null);
  return { node, close: store.listen(update), key: item.key };
}

export default () => {
  const stores = new Map();
  let actions;
  function take(items) {
    for (const item of items) if (item.view) {
      if (stores.has(item.key)) stores.get(item.key).replace(item.view);
      else stores.set(item.key, createStore(item.view));
    }
  }
  return {
    initialize({ model }) {
      actions = createActions(model, "%inbox");
      take(model.get("items"));
      model.on("change:items", () => take(model.get("items")));
      model.on("msg:custom", (message) => {
        const store = stores.get(message.item);
        if (message.type === "ack") actions.acknowledged(message.n);
        else if (message.type === "whole") store?.replace(message.view);
        else if (message.type === "patch" && store && !store.patch(message)) model.send({ type: "hello", item: message.item });
      });
    },
    render({ model, el: place }) {
      const titleId = freshId("inbox"), count = el("span", { class: "lgnb-facts", role: "status" }), note = el("p", { class: "lgnb-hint" });
      const lost = (text) => { refresh.disabled = false; say(note, text); show(note, true); };
      const refresh = el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-stop", onclick: () => { refresh.disabled = true; actions.refresh(lost); } }, "Refresh");
      const list = el("div", { class: "lgnb-rows" }), empty = el("p", { class: "lgnb-empty" }, "Nothing waits for you.");
      const root = el("section", { class: "lgnb lgnb-live lgnb-inbox", "aria-labelledby": titleId, "data-lm-suppress-shortcuts": "true", onkeydown: keepKeys },
        el("header", { class: "lgnb-head-row" }, el("strong", { id: titleId }, "Inbox"), count, refresh), note, empty, list);
      let rows = new Map();
      function draw() {
        const items = model.get("items"), before = rows;
        rows = new Map();
        items.forEach((item, i) => {
          const known = before.get(item.key), kind = item.view ? "open" : `${item.standing}`;
          const made = known?.kind === kind ? known
            : { ...(item.view ? openRow(item, stores.get(item.key), actions.of(item.key), items.length <= FEW || i === 0) : quietRow(item)), kind };
          rows.set(item.key, made);
          if (list.children[i] !== made.node) list.insertBefore(made.node, list.children[i] ?? null);
        });
        for (const [key, row] of before) if (rows.get(key) !== row) { row.close(); row.node.remove(); }
        refresh.disabled = false;
        show(empty, items.length === 0);
        count_();
      }
      function count_() {
        const waits = [...model.get("items")].filter((item) => !item.view || stores.get(item.key).state.status === "paused").length;
        say(count, waits === 0 ? "nothing waits" : waits === 1 ? "1 thread waits" : `${waits} threads wait`);
        say(note, model.get("note"));
        show(note, model.get("note") !== "");
      }
      draw();
      place.append(root);
      model.on("change:items", draw);
      model.on("change:note", count_);
      return () => { model.off("change:items", draw); model.off("change:note", count_); for (const row of rows.values()) row.close(); };
    },
  };
};
