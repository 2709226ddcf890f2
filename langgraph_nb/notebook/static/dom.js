// Making elements. Whatever a graph, a model or a tool says goes in as text: nothing here parses HTML.

const BREAKS = /\r\n|[\r\x85\u2028\u2029]/g;
const UNCLEAR = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufdd0-\ufdef\ufffe\uffff]/g;

/** Text as a person should see it: what cannot be seen, or turns the direction of what can, is spelt out. (`visible` in
    picture/xmltext.py does the same.) */
export const visible = (text) =>
  String(text).replace(BREAKS, "\n").replace(UNCLEAR, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);

const READ = new Set(["title", "aria-label", "placeholder"]);

/** A text that can grow. */
export const textNode = (text) => document.createTextNode(visible(text));

/** An element with attributes, listeners (`onclick`) and children; strings become text. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : READ.has(name) ? visible(value) : value);
  }
  const there = children.filter((child) => child !== null && child !== undefined);
  node.append(...there.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/** Set an element's text only when it differs, so that selections and screen readers are left alone. */
export function say(node, text) {
  const shown = visible(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/** Show or hide without moving focus. */
export function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

const DRAWN = new Set(["svg", "g", "path", "rect", "circle", "text", "tspan", "title", "desc", "style", "line", "polygon", "ellipse"]);

/** A picture as an element of this page: shapes and text only, no scripts, links, handlers or foreign content. */
export function pictureFrom(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  if (parsed.localName !== "svg") return null;
  for (const node of [parsed, ...parsed.querySelectorAll("*")]) {
    if (!DRAWN.has(node.localName)) node.remove();
    for (const { name } of [...node.attributes]) if (/^on|href$/i.test(name)) node.removeAttribute(name);
  }
  return document.importNode(parsed, true);
}

/** A node's path as people read it. */
export const plainPath = (path) =>
  path.replaceAll("|", " › ").replace("__default_error_handler__", "on error").replace("__error_handler__", "on error: ");

// the views of a kernel that was restarted are still in the page, made by another copy of this module
const copy = Math.random().toString(36).slice(2, 8);
let counter = 0;
/** An id that no other element of the page has. */
export const freshId = (what) => `lgnb-${what}-${copy}-${++counter}`;

/** Keys pressed in a view are the view's: in command mode the notebook would take arrows and letters for its own. */
export function keepKeys(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

/** Seconds as text of a steady width. */
export function seconds(value) {
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${String(Math.floor(value % 60)).padStart(2, "0")} s`;
}
