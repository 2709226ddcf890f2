// A conversation: what was said, questions as cards, and a place to write. Folds what the kernel says into a store.

import { el, keepKeys, say, show } from "./dom.js";
import { connect } from "./connection.js";
import { cardsPanel, entryNode, headPanel, TICK } from "./panels.js";

const SPOKEN = new Set(["message", "error", "input"]);

/** What was said, in order, grown as it is said. */
function talkPanel() {
  const list = el("div", { class: "lgnb-talk", role: "log", tabindex: "0", "aria-label": "Conversation", "aria-live": "polite" });
  const empty = el("p", { class: "lgnb-empty" }, "Write below to begin.");
  const thinking = el("p", { class: "lgnb-thinking", "aria-hidden": "true" }, el("span", {}), el("span", {}), el("span", {}));
  const node = el("div", { class: "lgnb-talk-box" }, empty, list);
  const made = new Map();
  function place(entry) {
    if (!SPOKEN.has(entry.kind)) return;
    const known = made.get(entry.i), shown = entryNode(entry);
    if (known) known.node.replaceWith(shown.node); else list.insertBefore(shown.node, thinking);
    made.set(entry.i, shown);
  }
  return {
    node,
    update(state, change) {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
      if (!change) { list.replaceChildren(thinking); made.clear(); state.entries.forEach(place); }
      else {
        (change.entries ?? []).forEach((entry) => { const now = state.entries.get(entry.i); if (now) place(now); });
        for (const [i, text] of change.grown ?? []) made.get(i)?.text?.appendData(text);
        for (const i of change.gone ?? []) { made.get(i)?.node.remove(); made.delete(i); }
      }
      const last = [...state.entries.values()].findLast((entry) => SPOKEN.has(entry.kind));
      show(thinking, state.status === "running" && (!last || last.role !== "assistant" || last.text === ""));
      show(empty, made.size === 0);
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
    toEnd() { list.scrollTop = list.scrollHeight; },
  };
}

/** A place to write: Enter sends, Shift+Enter begins a line. */
function writePanel(actions) {
  const text = el("textarea", { class: "lgnb-input lgnb-write", rows: "1", placeholder: "Write a message", "aria-label": "Message" });
  const send = el("button", { type: "submit", class: "lgnb-button lgnb-main", title: "Enter" }, "Send");
  const message = el("span", { class: "lgnb-message", role: "alert" });
  const node = el("form", { class: "lgnb-writing" }, text, send, message);
  const fit = () => { text.style.height = "auto"; text.style.height = `${Math.min(text.scrollHeight + 2, 160)}px`; };
  text.addEventListener("input", fit);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); node.requestSubmit(); }
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value;
    if (send.disabled || !said.trim()) return;
    say(message, "");
    text.value = "";
    fit();
    actions.say(said, (lost) => { if (!text.value) text.value = said; say(message, lost); });
  });
  return {
    node,
    update(state) { send.disabled = state.status === "running" || state.forms.length > 0; },
  };
}

export default () => {
  let store, actions;
  return {
    initialize({ model }) {
      ({ store, actions } = connect(model));
    },
    render({ model, el: place }) {
      const mine = { ...actions.of(), say: (text, lost) => actions.post({ type: "say", text }, lost) };
      const head = headPanel(mine, model.get("hints")), talk = talkPanel(), cards = cardsPanel(store, mine), write = writePanel(mine);
      const root = el("section", { class: "lgnb lgnb-live lgnb-chat", "aria-label": `Conversation with ${store.state.name}`, "data-lm-suppress-shortcuts": "true", onkeydown: keepKeys },
        head.node, talk.node, cards.node, write.node);
      const tick = () => head.tick(store.state, performance.now());
      const update = (state, change) => { [head, talk, cards, write].forEach((panel) => panel.update(state, change)); tick(); };
      update(store.state, null);
      place.append(root);
      requestAnimationFrame(() => talk.toEnd()); // not before it has a size
      const silence = store.listen(update);
      const timer = setInterval(() => { if (store.state.status === "running") tick(); }, TICK);
      return () => { silence(); clearInterval(timer); };
    },
  };
};
