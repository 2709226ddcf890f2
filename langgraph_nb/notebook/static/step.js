// Stepping: where the run stands, what comes next, the state with what changed, and the buttons of the debugger.

import { el, plainPath, say, show } from "./dom.js";

const MARKS = { waiting: "·", asked: "⏸", failed: "✗", done: "✓" };

/** { node, update(state, change) } like the other panels; hidden for runs that are only watched. */
export function stepPanel(actions) {
  let step = null, chosen = null, editing = null;
  const stands = el("p", { class: "lgnb-stands", role: "status" }), message = el("span", { class: "lgnb-message", role: "alert" });
  const act = (verb, value) => {
    busy(true);
    say(message, "");
    actions.step({ verb, task: chosen ?? "", value }, (lost) => { busy(false); say(message, lost); });
  };
  const button = (text, verb, title, main) => el("button", { type: "button", class: `lgnb-button ${main ? "lgnb-main" : "lgnb-quiet"}`, title, onclick: () => act(verb) }, text);
  const edit = (text, verb, title) => el("button", { type: "button", class: "lgnb-button lgnb-quiet", title, "aria-expanded": "false", onclick: () => open(editing === verb ? null : verb) }, text);
  const buttons = {
    retry: button("Retry", "retry", "Run what failed again, with the code as it is now", true),
    next: button("Next", "next", "Run one task; of a graph, go inside", true),
    over: button("Over", "over", "Run one task with all that is inside of it"),
    out: button("Out", "out", "Run to the end of this graph inside"),
    run: button("Run", "run", "Run to the next breakpoint, or to the end"),
    back: button("Back", "back", "Go back to the checkpoint before"),
    skip: button("Skip", "skip", "Go on as if the task had returned nothing"),
    replace: edit("Replace…", "replace", "Go on as if the task had returned something else"),
    set: edit("Change state…", "set", "Write to the state"),
  };
  const label = el("label", { class: "lgnb-caption" }), text = el("textarea", { class: "lgnb-input lgnb-mono", rows: "3", spellcheck: "false" });
  label.append(el("span", {}), text);
  const apply = el("button", { type: "submit", class: "lgnb-button lgnb-main" }, "Apply");
  const editor = el("form", { class: "lgnb-step-editor", hidden: true }, label,
    el("div", { class: "lgnb-actions" }, apply, el("button", { type: "button", class: "lgnb-button lgnb-quiet", onclick: () => open(null) }, "Cancel")));
  editor.addEventListener("submit", (event) => {
    event.preventDefault();
    let value;
    try { value = JSON.parse(text.value); } catch (problem) { say(message, `This is not JSON: ${problem.message}`); text.setAttribute("aria-invalid", "true"); return; }
    const verb = editing;
    open(null);
    act(verb, value);
  });
  function open(verb) {
    editing = verb;
    for (const name of ["replace", "set"]) buttons[name].setAttribute("aria-expanded", String(verb === name));
    text.removeAttribute("aria-invalid");
    say(message, "");
    show(editor, verb !== null);
    if (verb === null) return;
    say(label.firstChild, verb === "set" ? "What to write to the state, as JSON" : `What ${plainPath(nameOf(chosen ?? step.task))} is to have returned, as JSON`);
    text.value = verb === "set" ? "{}" : "null";
    text.focus();
    text.select();
  }
  const nameOf = (id) => step.tasks.find((task) => task.id === id)?.path ?? step.path;
  function busy(on) { for (const one of [...Object.values(buttons), apply]) one.disabled = on; }
  const tasks = el("div", { class: "lgnb-step-tasks", role: "group", "aria-label": "Tasks of this step" });
  const input = el("pre", {}), inputBox = el("div", { class: "lgnb-step-part" }, el("span", { class: "lgnb-who" }, "Called with"), input);
  const rows = el("tbody", {}), stateLabel = el("span", { class: "lgnb-who" });
  const stateBox = el("div", { class: "lgnb-step-part" }, stateLabel, el("div", { class: "lgnb-scroll lgnb-values" }, el("table", { class: "lgnb-table" }, rows)));
  const node = el("section", { class: "lgnb-step", "aria-label": "Debugger", hidden: true }, stands,
    el("div", { class: "lgnb-actions" }, ...Object.values(buttons), message), editor, tasks, el("div", { class: "lgnb-step-parts" }, inputBox, stateBox));
  function drawTasks() {
    const shown = step.tasks.length > 1;
    show(tasks, shown);
    tasks.replaceChildren(...(shown ? step.tasks : []).map((task) => el("button", {
      type: "button", class: `lgnb-button lgnb-quiet lgnb-task is-${task.status}`, title: task.input,
      "aria-pressed": String(task.id === (chosen ?? step.task)), onclick: () => { chosen = task.id; drawTasks(); },
    }, `${MARKS[task.status]} ${plainPath(task.path)}`, task.input ? el("span", { class: "lgnb-task-input" }, task.input) : null)));
    const over = step.tasks.find((task) => task.id === chosen)?.status === "done"; // its result can only be replaced
    for (const name of ["next", "over", "skip"]) buttons[name].disabled = over;
  }
  return {
    node,
    update(state, change) {
      if (change && !("step" in change) && !("status" in change)) return;
      const fresh = state.step !== step;
      step = state.step;
      show(node, Boolean(step));
      if (!step) return;
      busy(state.status === "running");
      if (!fresh) return;
      chosen = null;
      open(null);
      say(stands, step.stands[0].toUpperCase() + step.stands.slice(1));
      for (const name of ["next", "over", "run", "skip", "replace", "set"]) show(buttons[name], !step.finished);
      show(buttons.retry, step.status === "failed");
      show(buttons.out, Boolean(step.graph) && !step.finished);
      buttons.next.classList.toggle("lgnb-main", step.status !== "failed");
      buttons.next.classList.toggle("lgnb-quiet", step.status === "failed");
      drawTasks();
      show(inputBox, step.input !== "");
      say(input, step.input);
      say(stateLabel, step.graph ? `State of ${plainPath(step.graph)}` : "State");
      rows.replaceChildren(...step.state.map((one) => el("tr", { class: "before" in one ? "is-changed" : "" },
        el("th", { scope: "row" }, one.key), el("td", {}, one.before ? el("del", { class: "lgnb-was" }, one.before) : null, el("pre", {}, one.value)))));
    },
  };
}
