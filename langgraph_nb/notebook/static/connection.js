// What a view of a run shares with the kernel: the state that comes, in pieces or whole, and what a person does. Knows no
// elements.

import { createActions } from "./actions.js";
import { createStore } from "./store.js";

/** `more()` is what the kernel is told of the page beside its greeting; one whose pieces do not fit greets again. */
export function connect(model, more = () => ({})) {
  const store = createStore(model.get("view"));
  const actions = createActions(model, model.get("hints").resume?.replace(/ ANSWER$/, ""));
  const hello = () => model.send({ type: "hello", ...more() });
  model.on("msg:custom", (message) => {
    if (message.type === "ack") actions.acknowledged(message.n);
    else if (message.type === "whole") store.replace(message.view);
    else if (message.type === "patch" && !store.patch(message)) hello();
  });
  model.on("change:view", () => store.replace(model.get("view")));
  hello();
  return { store, actions };
}
