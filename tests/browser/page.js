// What a test asks of JupyterLab's page. Runs before the page's own scripts.
// `jupyterapp` is there because the server is started with `expose_app_in_browser`.

window.lab = {
  panel() {
    const at = window.jupyterapp?.shell.currentWidget;
    return at?.content?.widgets && at.sessionContext ? at : null;
  },
  kernel() {
    return this.panel()?.sessionContext.session?.kernel;
  },
  ready() {
    return Boolean(this.panel()?.content.widgets.length) && ["idle", "busy"].includes(this.kernel()?.status);
  },
  cells() {
    return this.panel().content.widgets.filter((one) => one.model.type === "code");
  },
  cell(id) {
    return this.cells().find((one) => one.model.id === id);
  },
  mark() {
    this.panel().content.widgets.forEach((one) => { one.node.dataset.cell = one.model.id; });
  },
  run(id) {
    const book = this.panel().content;
    book.deselectAll();
    book.activeCellIndex = book.widgets.indexOf(this.cell(id));
    book.mode = "command";
    jupyterapp.commands.execute("notebook:run-cell"); // not awaited: it ends when the cell does
  },
  running(id) {
    return this.cell(id).promptNode.textContent.includes("*");
  },
  busy() {
    return this.kernel().status !== "idle" || this.cells().some((one) => this.running(one.model.id));
  },
  append(id, source) {
    const book = this.panel().content, cell = { cell_type: "code", id, source, metadata: {}, outputs: [] };
    book.model.sharedModel.insertCell(book.widgets.length, cell);
    this.mark();
  },
  outputs() {
    return Object.fromEntries(this.cells().map((one) => [one.model.id, one.model.outputs.toJSON()]));
  },
};

// Every class that an element with `data-node` gets or loses, as [node, class list], in order.
window.seen = [];
new MutationObserver((changes) => {
  for (const { target } of changes) if (target.dataset?.node) window.seen.push([target.dataset.node, [...target.classList]]);
}).observe(document, { subtree: true, attributeFilter: ["class"] });
