// Form controls: from the description of a field to elements, and from what a person put in back to JSON data.
// A control is { node, read() -> value or undefined (left out), accept(errors: Map path -> text) }. Values are checked by the
// kernel; here only what cannot be read at all is refused.

import { el, freshId, say, show, visible } from "./dom.js";

/** The control of a field. `value` is what it starts with; `changed` is called whenever a person changes something. */
export function control(field, value, changed, path = "") {
  const start = value !== undefined ? value : field.default;
  const make = MAKERS[field.kind] ?? jsonControl;
  return make(field, start, changed, path);
}

const join = (path, key) => (path ? `${path}/${key}` : String(key));
const emptied = (field) => (field.nullable ? null : field.required || field.has_default ? "" : undefined);
const absent = (field) => (field.nullable ? null : undefined);

/** Label, description and error around a control's inputs. */
function row(field, path, inputs, { label = true, inline = false } = {}) {
  const target = inputs[0], id = (target.id ||= freshId("field"));
  const error = el("p", { class: "lgnb-error", id: freshId("error"), hidden: true });
  const about = field.description ? el("p", { class: "lgnb-about", id: freshId("about") }, field.description) : null;
  const described = [about?.id, error.id].filter(Boolean).join(" ");
  target.setAttribute("aria-describedby", described);
  if (!label || !field.title) target.setAttribute("aria-label", visible(field.name || field.title || "Answer"));
  if (field.required && target.type !== "checkbox") target.setAttribute("aria-required", "true");
  const name = label && field.title
    ? el("label", { for: id, class: "lgnb-caption" }, field.title, field.required || field.has_default || inline ? null : el("span", { class: "lgnb-optional" }, " optional"))
    : null;
  const holder = el("div", { class: "lgnb-inputs" }, ...inputs);
  const node = el("div", { class: `lgnb-field${inline ? " lgnb-inline" : ""}` }, ...(inline ? [holder, name] : [name, holder]), about, error);
  return { node, accept: (errors) => mark(target, error, errors.get(path)) };
}

function mark(target, error, text) {
  show(error, Boolean(text));
  say(error, text ?? "");
  if (text) target.setAttribute("aria-invalid", "true");
  else target.removeAttribute("aria-invalid");
}

/** A control of one input, read by `read`. */
function single(field, path, input, changed, read, how) {
  input.addEventListener("input", changed);
  input.addEventListener("change", changed);
  return { ...row(field, path, [input], how), read };
}

function textControl(field, start, changed, path, how) {
  const types = { secret: "password", date: "date", datetime: "datetime-local", time: "time" };
  const long = field.kind === "textarea";
  const input = el(long ? "textarea" : "input", {
    class: `lgnb-input${["date", "datetime", "time"].includes(field.kind) ? " lgnb-moment" : ""}`, type: long ? undefined : types[field.kind] ?? "text", rows: long ? "4" : undefined,
    maxlength: field.max_length !== undefined ? String(field.max_length) : undefined,
    step: field.kind === "time" || field.kind === "datetime" ? "1" : undefined,
    autocomplete: field.kind === "secret" ? "off" : undefined, spellcheck: field.kind === "text" ? "false" : undefined,
  });
  const zone = field.kind === "datetime" ? /(?:Z|[+-]\d\d:?\d\d)$/.exec(start ?? "")?.[0] ?? "" : "";
  input.value = typeof start === "string" ? start.slice(0, start.length - zone.length) : "";
  const timed = field.kind === "datetime" || field.kind === "time";
  return single(field, path, input, changed, () => {
    if (input.value === "") return types[field.kind] && field.kind !== "secret" ? absent(field) : emptied(field);
    return (timed && /T?\d\d:\d\d$/.test(input.value) && !/:\d\d:\d\d$/.test(input.value) ? `${input.value}:00` : input.value) + zone;
  }, how);
}

function numberControl(field, start, changed, path, how) {
  const exact = field.exact && (field.kind !== "slider" || how?.compact);
  const input = el("input", {
    class: "lgnb-input lgnb-number", type: exact ? "text" : "number", inputmode: field.integer ? "numeric" : "decimal",
    min: field.minimum !== undefined ? String(field.minimum) : undefined,
    max: field.maximum !== undefined ? String(field.maximum) : undefined,
    step: field.step !== undefined && field.integer ? String(field.step) : field.integer ? "1" : "any",
  });
  input.value = start ?? "";
  const read = () => {
    const text = input.value.trim();
    if (text === "") return input.validity.badInput ? "?" : absent(field);
    return field.exact && String(Number(text)) !== text ? text : Number(text); // "12.50" is no 12.5
  };
  if (field.kind !== "slider" || how?.compact) return single(field, path, input, changed, read, how);
  const { minimum: low, maximum: high } = field;
  const slide = el("input", {
    class: "lgnb-slider", type: "range", min: String(low), max: String(high), "aria-label": `${field.title || "Answer"}, slider`,
    step: String(field.step ?? 1),
  });
  const fill = () => slide.style.setProperty("--lgnb-at", `${((slide.value - low) / (high - low || 1)) * 100}%`);
  slide.value = start ?? low;
  slide.addEventListener("input", () => { input.value = slide.value; fill(); changed(); });
  input.addEventListener("input", () => { if (input.value !== "") slide.value = input.value; fill(); changed(); });
  fill();
  return { ...row(field, path, [input, slide], how), read };
}

function checkboxControl(field, start, changed, path, how) {
  if (field.nullable) {
    const options = [{ value: true, label: "yes" }, { value: false, label: "no" }];
    return dropdownControl({ ...field, kind: "dropdown", options }, start, changed, path, how);
  }
  const input = el("input", { class: "lgnb-check", type: "checkbox", checked: Boolean(start) });
  return single(field.title ? field : { ...field, title: "Yes" }, path, input, changed, () => input.checked, { ...how, inline: true });
}

function dropdownControl(field, start, changed, path, how) {
  const chosen = field.options.findIndex((option) => JSON.stringify(option.value) === JSON.stringify(start));
  const free = field.nullable || !field.required || chosen < 0;
  const input = el("select", { class: "lgnb-input lgnb-select" },
    free ? el("option", { value: "" }, field.nullable || !field.required ? "—" : "Choose…") : null,
    ...field.options.map((option, i) => el("option", { value: String(i) }, option.label)));
  input.value = chosen < 0 ? "" : String(chosen);
  return single(field, path, input, changed, () => (input.value === "" ? absent(field) : field.options[Number(input.value)].value), how);
}

/** A labelled box around controls. */
function fieldset(field, path, ...children) {
  const error = el("p", { class: "lgnb-error", id: freshId("error"), hidden: true });
  const node = el("fieldset", { class: "lgnb-group", "aria-describedby": error.id, "aria-label": field.title ? undefined : field.name || "Answer" }, field.title ? el("legend", { class: "lgnb-caption" }, field.title) : null,
    field.description ? el("p", { class: "lgnb-about" }, field.description) : null, ...children, error);
  return { node, own: (errors) => { mark(node, error, errors.get(path)); } };
}

function choicesControl(field, start, changed, path) {
  const picked = new Set((start ?? []).map((value) => JSON.stringify(value)));
  const boxes = field.options.map((option) => el("input", { class: "lgnb-check", type: "checkbox", checked: picked.has(JSON.stringify(option.value)), onchange: changed }));
  const items = boxes.map((box, i) => el("label", { class: "lgnb-choice" }, box, field.options[i].label));
  const { node, own } = fieldset(field, path, el("div", { class: "lgnb-choices" }, ...items));
  return { node, accept: own, read: () => field.options.filter((_, i) => boxes[i].checked).map((option) => option.value) };
}

function groupControl(field, start, changed, path) {
  const parts = (field.fields ?? []).map((member) => [member.key, control(member, start?.[member.key], changed, join(path, member.key))]);
  const body = el("div", { class: "lgnb-fields" }, ...parts.map(([, part]) => part.node));
  const { node, own } = path === "" ? { node: body, own: () => {} } : fieldset(field, path, body);
  const optional = path !== "" && (field.nullable || !field.required);
  const used = optional ? el("input", { class: "lgnb-check", type: "checkbox", checked: start !== undefined && start !== null }) : null;
  if (used) {
    const toggle = () => show(body, used.checked);
    used.addEventListener("change", () => { toggle(); changed(); });
    node.insertBefore(el("label", { class: "lgnb-choice" }, used, `Give ${(field.title || "this").toLowerCase()}`), body);
    toggle();
  }
  return {
    node,
    read() {
      if (used && !used.checked) return absent(field);
      return Object.fromEntries(parts.map(([key, part]) => [key, part.read()]).filter(([, value]) => value !== undefined));
    },
    accept(errors) { own(errors); parts.forEach(([, part]) => part.accept(errors)); },
  };
}

/** A list whose entries have a shape each: a group that is read as a list. */
function tupleControl(field, start, changed, path) {
  const made = groupControl(field, start, changed, path);
  return { ...made, read() { const given = made.read(); return given && (field.fields ?? []).map((member) => given[member.key] ?? null); } };
}

/** An object of any keys. A row's place in the answer is its key, which a person may change: errors are told by row. */
function mapControl(field, start, changed, path) {
  const holder = el("div", { class: "lgnb-items" });
  const add = el("button", { type: "button", class: "lgnb-button lgnb-quiet", "aria-label": `Add to ${field.title || field.name || "the list"}`, onclick: () => { place(row("", undefined)); changed(); focusSoon(holder.lastElementChild); } }, "Add");
  const { node, own } = fieldset(field, path, holder, add);
  const rows = [];
  function row(key, value) {
    const at = freshId("row");
    const name = el("input", { class: "lgnb-input lgnb-mapkey", type: "text", spellcheck: "false", placeholder: "key", "aria-label": `Key in ${field.title || "Answer"}`, oninput: changed });
    name.value = key;
    const error = el("p", { class: "lgnb-error", id: freshId("error"), hidden: true });
    name.setAttribute("aria-describedby", error.id);
    const one = control({ ...field.item, title: "", name: `Value in ${field.title || "Answer"}` }, value, changed, at);
    const remove = el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-remove", title: "Remove", "aria-label": "Remove this key", onclick: () => { rows.splice(rows.indexOf(made), 1); made.node.remove(); changed(); add.focus(); } }, "✕");
    const made = { name, one, at, node: el("div", { class: "lgnb-item lgnb-pair" }, el("div", {}, name, error), one.node, remove), says: (text) => mark(name, error, text) };
    return made;
  }
  function place(made) { rows.push(made); holder.append(made.node); }
  Object.entries(start ?? {}).forEach(([key, value]) => place(row(key, value)));
  return {
    node,
    read() {
      const given = new Map();
      for (const made of rows) {
        if (made.name.value === "") throw new Unreadable(`${made.at}/key`, "This needs a key.");
        if (given.has(made.name.value)) throw new Unreadable(`${made.at}/key`, "This key is there twice.");
        given.set(made.name.value, made.one.read() ?? null);
      }
      return rows.length || start !== undefined || field.required ? Object.fromEntries(given) : absent(field);
    },
    accept(errors) {
      own(errors);
      for (const made of rows) {
        const here = join(path, made.name.value);
        made.says(errors.get(`${made.at}/key`));
        made.one.accept(new Map([...errors].map(([at, text]) => [at === here || at.startsWith(`${here}/`) ? made.at + at.slice(here.length) : at, text])));
      }
    },
  };
}

/** Go to the first input of what was added; not at once, or the Enter that added it would also open a dropdown. */
const focusSoon = (added) => requestAnimationFrame(() => added?.querySelector("input,select,textarea")?.focus());

const CELLS = new Set(["checkbox", "dropdown", "slider", "number", "text", "date", "datetime", "time", "secret"]);

function listControl(field, start, changed, path) {
  const members = (field.item.fields ?? []).filter((member) => member.kind !== "const");
  const table = field.item.kind === "group" && members.length > 0 && members.length <= 6 && members.every((member) => CELLS.has(member.kind));
  const holder = el(table ? "tbody" : "div", { class: "lgnb-items" });
  const add = el("button", { type: "button", class: "lgnb-button lgnb-quiet", "aria-label": `Add to ${field.title || field.name || "the list"}`, onclick: () => { rebuild([...read(), undefined]); changed(); focusLast(); } }, "Add");
  const head = table ? el("thead", {}, el("tr", {}, ...members.map((member) => el("th", { scope: "col" }, member.title)), el("th", {}, el("span", { class: "lgnb-hidden" }, "Remove")))) : null;
  const body = table ? el("div", { class: "lgnb-scroll" }, el("table", { class: "lgnb-grid" }, head, holder)) : holder;
  const { node, own } = fieldset(field, path, body, add);
  let items = [];
  const read = () => items.map((item) => item.read());
  const focusLast = () => focusSoon(holder.lastElementChild);
  function rebuild(values) {
    items = values.map((value, i) => (table ? tableRow : listItem)(value, i, values.length));
    holder.replaceChildren(...items.map((item) => item.node));
    show(add, values.length < (field.max_items ?? Infinity));
    if (head) show(head, values.length > 0);
  }
  const remover = (i, count) => {
    const title = field.item.title || "entry";
    if (count <= (field.min_items ?? 0)) return null;
    return el("button", { type: "button", class: "lgnb-button lgnb-quiet lgnb-remove", title: "Remove", "aria-label": `Remove ${title} ${i + 1}`,
      onclick: () => { rebuild(read().filter((_, j) => j !== i)); changed(); add.focus(); } }, "✕");
  };
  function listItem(value, i, count) {
    const one = control({ ...field.item, title: "", name: `${field.item.title || field.title || "Entry"} ${i + 1}` }, value, changed, join(path, i));
    return { ...one, node: el("div", { class: "lgnb-item" }, one.node, remover(i, count)) };
  }
  function tableRow(value, i, count) {
    const cells = members.map((member) => MAKERS[member.kind]({ ...member, description: "", name: `${member.title} ${i + 1}` }, value?.[member.key] ?? member.default, changed, join(join(path, i), member.key), { label: false, compact: true }));
    const fixed = Object.fromEntries((field.item.fields ?? []).filter((member) => member.kind === "const").map((member) => [member.key, member.default]));
    const node = el("tr", {}, ...cells.map((cell) => el("td", {}, cell.node)), el("td", {}, remover(i, count)));
    return {
      node,
      read: () => ({ ...fixed, ...Object.fromEntries(members.map((member, j) => [member.key, cells[j].read()]).filter(([, given]) => given !== undefined)) }),
      accept: (errors) => cells.forEach((cell) => cell.accept(errors)),
    };
  }
  rebuild(Array.from({ length: Math.max(field.min_items ?? 0, start?.length ?? 0) }, (_, i) => start?.[i]));
  return { node, read, accept(errors) { own(errors); items.forEach((item) => item.accept(errors)); } };
}

function variantControl(field, start, changed, path) {
  const name = freshId("variant");
  let at = Math.max(0, field.fields.findIndex((shape) => fits(shape, start)));
  const parts = field.fields.map((shape, i) => control({ ...shape, title: "", description: "", required: true }, i === at ? start : undefined, changed, path || ""));
  const bodies = parts.map((part, i) => el("div", { hidden: i !== at }, part.node));
  const pick = (i) => { at = i; bodies.forEach((body, j) => show(body, j === i)); changed(); };
  const ways = field.fields.map((shape, i) => el("label", { class: "lgnb-way" },
    el("input", { type: "radio", name, checked: i === at, onchange: () => pick(i) }), el("span", {}, shape.title)));
  const { node, own } = fieldset(field, path, el("div", { class: "lgnb-ways", role: "radiogroup", "aria-label": field.title || field.name || "Answer" }, ...ways), ...bodies);
  return { node, read: () => parts[at].read(), way: () => field.fields[at].title, accept(errors) { own(errors); parts[at].accept(errors); } };
}

const TYPES = { checkbox: "boolean", number: "number", slider: "number", text: "string", textarea: "string", date: "string", datetime: "string", time: "string", secret: "string" };

/** Whether a value looks as if it were of a shape. */
function fits(shape, value) {
  if (value === undefined || value === null) return false;
  if (shape.kind === "list" || shape.kind === "tuple" || shape.kind === "choices") return Array.isArray(value);
  if (shape.kind === "dropdown") return shape.options.some((option) => JSON.stringify(option.value) === JSON.stringify(value));
  if (shape.kind !== "group") return typeof value === (TYPES[shape.kind] ?? "object");
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const members = shape.fields ?? [], marks = members.filter((member) => member.kind === "const");
  return marks.length ? marks.every((member) => value[member.key] === member.default)
    : Object.keys(value).every((key) => members.some((member) => member.key === key));
}

function jsonControl(field, start, changed, path) {
  const input = el("textarea", { class: "lgnb-input lgnb-mono", rows: "4", spellcheck: "false", placeholder: "JSON, or plain text" });
  input.value = start === undefined ? "" : JSON.stringify(start, null, 2);
  const made = single({ ...field, title: field.title || field.name || "Answer" }, path, input, changed, () => {
    const text = input.value.trim();
    if (text === "") return absent(field);
    try {
      return JSON.parse(text);
    } catch (problem) {
      if (/^[[{"]/.test(text)) throw new Unreadable(path, `This is not JSON: ${problem.message}.`);
      return input.value;
    }
  });
  return made;
}

/** What a person put in that is no data at all. */
export class Unreadable extends Error {
  constructor(path, message) { super(message); this.path = path; }
}

const constControl = (field) => ({ node: el("div", { hidden: true }), read: () => field.default ?? null, accept: () => {} });

const MAKERS = {
  text: textControl, textarea: textControl, secret: textControl, date: textControl, datetime: textControl, time: textControl,
  number: numberControl, slider: numberControl, checkbox: checkboxControl, dropdown: dropdownControl, choices: choicesControl,
  group: groupControl, tuple: tupleControl, map: mapControl, list: listControl, variant: variantControl, json: jsonControl, const: constControl,
};
