// The form of a fork: a step, the values of its state, and the node that they are to come from. The kernel makes the form of
// a step (trait `form`), checks what is sent, and shows the history again.

import { createActions } from "./actions.js";
import { el, freshId, say, show } from "./dom.js";
import { control, Unreadable } from "./fields.js";

export default {
  render({ model, el: place }) {
    const stepId = freshId("step");
    const choice = el("select", { class: "lgnb-input lgnb-select", id: stepId });
    const message = el("span", { class: "lgnb-message", role: "alert" }), note = el("pre", { role: "status", hidden: true });
    const submit = el("button", { type: "submit", class: "lgnb-button lgnb-main" }, "Fork from here");
    const holder = el("div", { class: "lgnb-body" });
    const form = el("form", { class: "lgnb-forking", novalidate: true },
      el("div", { class: "lgnb-field" }, el("label", { for: stepId, class: "lgnb-caption" }, "Step"), choice),
      holder, el("div", { class: "lgnb-actions" }, submit, message), note);
    const panel = el("details", { class: "lgnb-steps" }, el("summary", {}, "Fork from a step, with other values"), form);
    const root = el("section", { class: "lgnb lgnb-live lgnb-fork", "aria-label": "Fork", "data-lm-suppress-shortcuts": "true" }, panel);
    let body = null, first = {}, shown = null;

    const actions = createActions(model, model.get("form").reopen);
    const acknowledged = ({ type, n }) => { if (type === "ack") actions.acknowledged(n); };
    const post = (what) => {
      submit.disabled = true;
      actions.post(what, (lost) => { submit.disabled = false; say(message, lost); });
    };
    const ask = (step) => post({ type: "choose", step });

    /** What was changed: the others stay as they are. */
    const changed = () => {
      const now = body.read(), differs = ([key, value]) => JSON.stringify(value) !== JSON.stringify(first.values?.[key]);
      return { ...now, values: Object.fromEntries(Object.entries(now.values ?? {}).filter(differs)) };
    };

    function draw(data) {
      choice.replaceChildren(...data.steps.map(({ id, label }) => el("option", { value: id }, label)));
      choice.value = data.step;
      body = control(data.root, undefined, () => say(message, ""));
      try { first = body.read(); } catch { first = {}; }
      holder.replaceChildren(body.node);
      shown = data.step;
    }

    function update() {
      const data = model.get("form");
      submit.disabled = false;
      const errors = new Map(Object.entries(data.errors ?? {}));
      if (errors.size === 0 || shown !== data.step) draw(data);
      body.accept(errors);
      say(message, errors.get("") ?? (errors.size ? "Some fields need another look." : ""));
      if (errors.size) holder.querySelector("[aria-invalid]")?.focus();
      say(note, data.note ?? "");
      show(note, Boolean(data.note));
      requestAnimationFrame(decorate);
      setTimeout(decorate, 400); // the history is drawn anew by the page, in its own time
    }

    /** A button in each step of the history above, where it can be found. */
    function decorate() {
      const rows = place.closest(".jp-OutputArea")?.querySelectorAll(".lgnb-past details[data-step]") ?? [];
      for (const row of rows) {
        if (row.querySelector(":scope > .lgnb-past-fork")) continue;
        const go = () => { panel.open = true; ask(row.dataset.step); panel.scrollIntoView({ block: "nearest" }); };
        row.append(el("button", { type: "button", class: "lgnb-past-fork", onclick: go }, "Fork from here"));
      }
    }

    choice.addEventListener("change", () => ask(choice.value));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      let value;
      try {
        value = changed();
      } catch (problem) {
        if (!(problem instanceof Unreadable)) throw problem;
        body.accept(new Map([[problem.path, problem.message]]));
        return;
      }
      post({ type: "fork", step: choice.value, value });
    });
    model.on("change:form", update);
    model.on("msg:custom", acknowledged);
    update();
    place.append(root);
    return () => { model.off("change:form", update); model.off("msg:custom", acknowledged); };
  },
};
