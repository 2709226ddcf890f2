// What a person can do, as messages to the kernel. Knows no elements.

const PATIENCE = 6000; // ms until a page that gets no answer from the kernel says so

/** Each message is acknowledged by the kernel; `lost(text)` is called when it is not. `reopen` is the line that shows the
    same again after a restart. */
export function createActions(model, reopen) {
  const waiting = new Map();
  let number = 0;
  const how = reopen ? ` If it was restarted, run ${reopen} in a cell.` : "";
  function post(message, lost = () => {}) {
    const n = ++number;
    waiting.set(n, setTimeout(() => lost(`The kernel does not answer.${how}`), PATIENCE));
    try {
      model.send({ ...message, n });
    } catch {
      clearTimeout(waiting.get(n));
      lost(`The kernel cannot be reached.${how}`);
    }
  }
  return {
    post,
    acknowledged(n) { clearTimeout(waiting.get(n)); waiting.delete(n); },
    /** The actions of one run; where there are several, `item` says which. */
    of: (item) => ({
      open: (paths) => post({ type: "open", paths }),
      stop: () => post({ type: "stop", item }),
      resume: (lost) => post({ type: "resume", item }, lost),
      step: (command, lost) => post({ type: "step", ...command }, lost),
      answer: (id, value, lost) => post({ type: "answer", item, id, value }, lost),
    }),
    refresh: (lost) => post({ type: "refresh" }, lost),
  };
}
