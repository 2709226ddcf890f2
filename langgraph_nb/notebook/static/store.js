// What the page knows of a run: whole views and patches from the kernel, folded into one state. Knows no elements.

const MAX_STEPS = 300;

/** A store; `listen(fn)` calls `fn(state, change)` after each change, `fn` gets `null` as the change for a whole view. */
export function createStore(initial, now = () => performance.now()) {
  let state = whole(initial, now());
  const listeners = new Set();
  const tell = (change) => listeners.forEach((listener) => listener(state, change));
  return {
    get state() { return state; },
    drafts: new Map(),
    listen(listener) { listeners.add(listener); return () => listeners.delete(listener); },
    /** Take a whole view; one that is not newer changes nothing. */
    replace(view) {
      if (!("seq" in view) || view.seq <= state.seq) return;
      state = whole(view, now());
      tell(null);
    },
    /** Take a patch; false when one before it is missing. */
    patch(change) {
      if (change.seq <= state.seq) return true;
      if (change.seq !== state.seq + 1) return false;
      fold(state, change, now());
      tell(change);
      return true;
    },
  };
}

function whole(view, at) {
  const state = { seq: -1, name: "", thread: "", status: "ready", note: "", elapsed: 0, resumable: false, failure: null, step: null, ...view, at };
  state.nodes = new Map(Object.entries(view.nodes ?? {}));
  state.edges = new Set((view.edges ?? []).map(edgeKey));
  state.entries = new Map((view.entries ?? []).map((entry) => [entry.i, { ...entry }]));
  state.forms = view.forms ?? [];
  state.steps = [...(view.steps ?? [])];
  return state;
}

function fold(state, change, at) {
  for (const key of ["seq", "status", "note", "elapsed", "resumable"]) state[key] = change[key];
  state.at = at;
  for (const [path, node] of Object.entries(change.nodes ?? {})) state.nodes.set(path, node);
  for (const edge of change.edges ?? []) state.edges.add(edgeKey(edge));
  for (const entry of change.entries ?? []) state.entries.set(entry.i, { ...entry });
  for (const [i, text, more] of change.grown ?? []) grow(state.entries.get(i), text, more);
  for (const i of change.gone ?? []) state.entries.delete(i);
  if ("forms" in change) state.forms = change.forms;
  if ("step" in change) state.step = change.step;
  if ("failure" in change) state.failure = change.failure;
  state.steps.push(...(change.steps ?? []));
  while (state.steps.length > MAX_STEPS) {
    const oldest = state.steps.shift();
    state.steps[0] = { ...state.steps[0], set: { ...oldest.set, ...state.steps[0].set } };
  }
}

function grow(entry, text, more) {
  if (!entry) return;
  entry.text += text;
  if (more) entry.more = more;
}

/** One key for an edge. */
export const edgeKey = ([source, target]) => JSON.stringify([source, target]);

/** The state's values at a step: what the steps up to it set, the newest last. */
export function valuesAt(steps, index) {
  return Object.assign({}, ...steps.slice(0, index + 1).map((step) => step.set));
}
